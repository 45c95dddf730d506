"""Who may do what in the admin: product.md's table of roles, spelled out for every model, action and page.

It is written by hand from that table and not from the grants in the code: the test compares the two.
"""

ROLES = ("super_admin", "admin", "moderator", "finance", "support", "auditor")

# s: open its list and pages, take the list as a document · a: add · c: change · d: delete · -: nothing at all.
# Rows of the ledger and of an order's life are changed by nobody through a form; who may add and change may import.
MODELS = """
                                       sup  adm  mod  fin  sup  aud
commerce.category                      sacd sacd s    s    s    s
commerce.brand                         sacd sacd s    s    s    s
commerce.product                       sacd sacd s    s    s    s
commerce.pricelist                     sacd sacd s    s    s    s
commerce.provider                      sac  sac  s    s    s    s
commerce.offer                         sacd sacd s    s    s    s
commerce.quote                         s    s    s    s    s    s
commerce.reseller                      sac  sac  s    s    s    s
commerce.membership                    sacd sacd s    s    s    s
commerce.client                        sac  sac  s    s    s    s
commerce.customer                      sac  sac  s    s    s    s
commerce.phonenumber                   sd   sd   s    s    s    s
commerce.order                         s    s    s    s    s    s
commerce.unknownorder                  s    s    s    s    s    s
commerce.manualorder                   s    s    s    s    s    s
commerce.attempt                       s    s    s    s    s    s
commerce.delivery                      s    s    s    s    s    s
commerce.account                       s    s    -    s    s    s
commerce.transfer                      s    s    -    s    s    s
commerce.hold                          s    s    -    s    s    s
commerce.payment                       s    s    -    s    s    s
commerce.transaction                   s    s    -    s    s    s
commerce.webhookmessage                s    s    -    s    s    s
commerce.sandboxdelivery               s    s    -    -    -    s
commerce.supportticket                 sa   sa   sa   s    sa   s
commerce.cannedanswer                  sacd sacd sacd s    sacd s
commerce.apikey                        s    s    -    -    -    s
core.user                              sac  s    -    -    -    s
core.approval                          s    s    -    s    -    s
core.event                             s    s    -    s    -    s
core.apirequest                        s    s    -    -    -    s
core.announcement                      sacd sacd -    -    -    s
core.quicklink                         sacd sacd -    -    -    s
core.failedtask                        s    -    -    -    -    s
core.signinsession                     s    -    -    -    -    s
core.checkrun                          s    -    -    s    -    s
core.message                           s    s    -    -    s    s
auth.group                             s    -    -    -    -    s
axes.accessattempt                     s    -    -    -    -    s
axes.accesslog                         s    -    -    -    -    s
django_celery_beat.periodictask        sacd -    -    -    -    s
django_celery_beat.intervalschedule    sacd -    -    -    -    -
django_celery_beat.crontabschedule     sacd -    -    -    -    -
"""

# Support proves by a code that a contact is the customer's; that is the customer's doing and no change of a party.
# Dialogs and bulk actions, and pages of a model besides its own: `yes` or `-`.
ACTIONS = """
                                            sup  adm  mod  fin  sup  aud
axes.accessattempt.unlock                   yes  -    -    -    -    -
commerce.account.company                    yes  yes  -    yes  yes  yes
commerce.apikey.revoke_key                  yes  yes  -    -    -    -
commerce.apikey.rotate_key                  yes  yes  -    -    -    -
commerce.brand.recipient                    yes  yes  yes  yes  yes  yes
commerce.client.block                       yes  yes  yes  -    -    -
commerce.client.change_plan                 yes  yes  -    -    -    -
commerce.client.end_override                yes  yes  -    yes  -    -
commerce.client.override_limit              yes  yes  -    yes  -    -
commerce.client.unblock                     yes  yes  yes  -    -    -
commerce.client:bulk_block                  yes  yes  yes  -    -    -
commerce.customer.block                     yes  yes  yes  -    -    -
commerce.customer.consent                   yes  yes  -    -    yes  -
commerce.customer.withdraw                  yes  yes  -    -    yes  -
commerce.customer.erase                     yes  yes  -    -    -    -
commerce.customer.enter_email_code          yes  yes  -    -    yes  -
commerce.customer.enter_phone_code          yes  yes  -    -    yes  -
commerce.customer.notices                   yes  yes  -    -    -    -
commerce.customer.reveal                    yes  yes  -    -    -    -
commerce.customer.send_email_code           yes  yes  -    -    yes  -
commerce.customer.send_phone_code           yes  yes  -    -    yes  -
commerce.customer.unblock                   yes  yes  yes  -    -    -
commerce.customer:bulk_block                yes  yes  yes  -    -    -
commerce.delivery.activate                  yes  yes  yes  -    -    -
commerce.delivery.assign                    yes  yes  yes  -    -    -
commerce.delivery.cancel                    yes  yes  -    -    -    -
commerce.delivery.confirm                   yes  yes  yes  -    -    -
commerce.delivery.correct_address           yes  yes  yes  -    -    -
commerce.delivery.delivered                 yes  yes  yes  -    -    -
commerce.delivery.dispatch_it               yes  yes  yes  -    -    -
commerce.delivery.send_code                 yes  yes  -    -    yes  -
commerce.delivery.send_message              yes  yes  -    -    yes  -
commerce.delivery.show_code                 yes  yes  yes  -    -    -
commerce.delivery.take                      yes  yes  yes  -    -    -
commerce.delivery:assign_chosen             yes  yes  yes  -    -    -
commerce.delivery:cancel_chosen             yes  yes  -    -    -    -
commerce.delivery:confirm_chosen            yes  yes  yes  -    -    -
commerce.delivery:dispatch_chosen           yes  yes  yes  -    -    -
commerce.manualorder.hand_delivered         yes  yes  -    -    -    -
commerce.manualorder.hand_failed            yes  yes  -    -    -    -
commerce.order.cancel                       yes  yes  -    -    -    -
commerce.order.deliver_again                yes  yes  -    -    yes  -
commerce.order.mark_delivered               yes  yes  -    -    -    -
commerce.order.mark_failed                  yes  yes  -    -    -    -
commerce.order.place_again                  yes  yes  -    -    yes  -
commerce.order.refund                       yes  -    -    yes  -    -
commerce.order.send_code                    yes  yes  -    -    yes  -
commerce.order.send_message                 yes  yes  -    -    yes  -
commerce.order.show_code                    yes  yes  yes  -    -    -
commerce.order:assign_chosen                yes  yes  yes  -    -    -
commerce.order:cancel_chosen                yes  yes  -    -    -    -
commerce.order:confirm_chosen               yes  yes  yes  -    -    -
commerce.order:dispatch_chosen              yes  yes  yes  -    -    -
commerce.order:message_chosen               yes  yes  -    -    yes  -
commerce.payment.decide                     yes  -    -    yes  -    -
commerce.payment.pay_out                    yes  -    -    yes  -    -
commerce.payment.refund_to_wallet           yes  -    -    yes  -    -
commerce.product.price                      yes  yes  yes  yes  yes  yes
commerce.provider.check_balance             yes  yes  -    -    -    -
commerce.reseller.activate                  yes  yes  yes  -    -    -
commerce.reseller.adjust                    yes  -    -    yes  -    -
commerce.reseller.close                     yes  yes  -    -    -    -
commerce.reseller.fund                      yes  -    -    yes  -    -
commerce.reseller.issue_key                 yes  yes  -    -    -    -
commerce.reseller.set_limit                 yes  -    -    yes  -    -
commerce.reseller.suspend                   yes  yes  yes  -    -    -
commerce.reseller:bulk_activate             yes  yes  yes  -    -    -
commerce.reseller:bulk_suspend              yes  yes  yes  -    -    -
commerce.supportticket.assign               yes  yes  yes  -    yes  -
commerce.supportticket.close                yes  yes  yes  -    yes  -
commerce.supportticket.conversation         yes  yes  yes  yes  yes  yes
commerce.supportticket.file                 yes  yes  yes  yes  yes  yes
commerce.supportticket.reopen               yes  yes  yes  -    yes  -
commerce.supportticket.reply                yes  yes  yes  -    yes  -
commerce.supportticket.resolve              yes  yes  yes  -    yes  -
commerce.supportticket.set_priority         yes  yes  yes  -    yes  -
commerce.supportticket.take                 yes  yes  yes  -    yes  -
commerce.supportticket:assign_chosen        yes  yes  yes  -    yes  -
commerce.supportticket:close_chosen         yes  yes  yes  -    yes  -
commerce.unknownorder.ask_provider          yes  yes  -    -    -    -
commerce.unknownorder.mark_delivered        yes  yes  -    -    -    -
commerce.unknownorder.mark_failed           yes  yes  -    -    -    -
core.checkrun.audit_now                     yes  -    -    yes  -    -
core.approval.approve                       yes  yes  -    yes  -    -
core.approval.refuse                        yes  yes  -    yes  -    -
core.approval.withdraw                      yes  yes  -    yes  -    -
core.checkrun.ledger_now                    yes  -    -    yes  -    -
core.failedtask.dismiss                     yes  -    -    -    -    -
core.failedtask.retry                       yes  -    -    -    -    -
core.failedtask:dismiss_chosen              yes  -    -    -    -    -
core.failedtask:retry_chosen                yes  -    -    -    -    -
core.message.send_again                     yes  yes  -    -    yes  -
core.signinsession.end                      yes  -    -    -    -    -
core.user.activate                          yes  -    -    -    -    -
core.user.deactivate                        yes  -    -    -    -    -
core.user.invite                            yes  -    -    -    -    -
core.user.invite_again                      yes  -    -    -    -    -
core.user.reset_second_factor               yes  -    -    -    -    -
core.user.send_link                         yes  -    -    -    -    -
core.user.set_password                      yes  -    -    -    -    -
core.user.set_role                          yes  -    -    -    -    -
core.user.sign_out                          yes  -    -    -    -    -
core.user.unlock                            yes  -    -    -    -    -
django_celery_beat.periodictask.run_now     yes  -    -    -    -    -
django_celery_beat.periodictask.switch_off  yes  -    -    -    -    -
django_celery_beat.periodictask.switch_on   yes  -    -    -    -    -
"""

# Pages that belong to no model; with a “!” what is sent to them.
PAGES = """
                                            sup  adm  mod  fin  sup  aud
customer-data                               yes  yes  -    -    -    -
account                                     yes  yes  yes  yes  yes  yes
account-email                               yes  yes  yes  yes  yes  yes
account-email-new                           yes  yes  yes  yes  yes  yes
account-profile                             yes  yes  yes  yes  yes  yes
account-second-factor-off                   yes  yes  yes  yes  yes  yes
account-session-end                         yes  yes  yes  yes  yes  yes
account-sessions-end                        yes  yes  yes  yes  yes  yes
history                                     yes  yes  -    yes  -    yes
history-file                                yes  -    -    -    -    yes
broadcast                                   yes  yes  -    -    -    -
broadcast-stop                              yes  yes  -    -    -    -
inbox                                       yes  yes  yes  yes  yes  yes
inbox-message                               yes  yes  yes  yes  yes  yes
inbox-preferences                           yes  yes  yes  yes  yes  yes
announcement-dismiss                        yes  yes  yes  yes  yes  yes
list-view                                   yes  yes  yes  yes  yes  yes
list-view-change                            yes  yes  yes  yes  yes  yes
list-view-first                             yes  yes  yes  yes  yes  yes
list-view-remove                            yes  yes  yes  yes  yes  yes
list-view-save                              yes  yes  yes  yes  yes  yes
message-preview                             yes  yes  -    -    -    yes
message-template                            yes  yes  -    -    -    yes
message-templates                           yes  yes  -    -    -    yes
note-add                                    yes  yes  yes  yes  yes  -
note-change                                 yes  yes  yes  yes  yes  -
note-remove                                 yes  yes  yes  yes  yes  -
notes                                       yes  yes  yes  yes  yes  yes
operations                                  yes  yes  -    yes  -    yes
operations-now                              yes  yes  -    yes  -    yes
sign-ins                                    yes  -    -    -    -    yes
sign-ins-file                               yes  -    -    -    -    yes
watch                                       yes  yes  yes  yes  yes  yes
watching                                    yes  yes  yes  yes  yes  yes
settings                                    yes  yes  -    yes  -    yes
settings:approvals                          yes  yes  -    yes  -    yes
settings:approvals!                         yes  -    -    -    -    -
settings:api                                yes  yes  -    -    -    yes
settings:api!                               yes  yes  -    -    -    -
settings:branding                           yes  yes  -    -    -    yes
settings:branding!                          yes  yes  -    -    -    -
settings:general                            yes  yes  -    -    -    yes
settings:general!                           yes  yes  -    -    -    -
settings:notifications                      yes  yes  -    -    -    yes
settings:notifications!                     yes  yes  -    -    -    -
settings:operations                         yes  yes  -    -    -    yes
settings:operations!                        yes  yes  -    -    -    -
settings:pricing                            yes  yes  -    yes  -    yes
settings:pricing!                           yes  yes  -    -    -    -
settings:retention                          yes  yes  -    -    -    yes
settings:retention!                         yes  yes  -    -    -    -
settings:security                           yes  yes  -    -    -    yes
settings:security!                          yes  -    -    -    -    -
settings:support                            yes  yes  -    -    -    yes
settings:support!                           yes  yes  -    -    -    -
settings-restore:approvals                  yes  -    -    -    -    -
settings-restore:api                        yes  yes  -    -    -    -
settings-restore:branding                   yes  yes  -    -    -    -
settings-restore:general                    yes  yes  -    -    -    -
settings-restore:notifications              yes  yes  -    -    -    -
settings-restore:operations                 yes  yes  -    -    -    -
settings-restore:pricing                    yes  yes  -    -    -    -
settings-restore:retention                  yes  yes  -    -    -    -
settings-restore:security                   yes  -    -    -    -    -
settings-restore:support                    yes  yes  -    -    -    -
"""


def read(table: str) -> dict[str, dict[str, str]]:
    """The rows of a table by name, each as role and cell."""
    rows = [line.split() for line in table.strip().splitlines()[1:] if line.strip()]
    assert all(len(row) == len(ROLES) + 1 for row in rows), "A row is a name and a cell for each role"
    return {row[0]: dict(zip(ROLES, row[1:], strict=True)) for row in rows}
