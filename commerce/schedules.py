"""What the beat runs of commerce; see `core.schedules`."""

from typing import Any

from core.schedules import Periodic, make

PERIODIC = (
    Periodic("Orders: finish what was lost on the way", "commerce.sweep", 3),
    Periodic("Providers: ask for our floats", "commerce.watch_floats", 300),
    Periodic(
        "Messages: wallets that run low, providers that do not answer", "commerce.tell_what_is_wrong", 300
    ),
    Periodic("Orders: tell customers how they ended", "commerce.tell_customers", 10),
    Periodic("Payments: ask again for payouts nobody has confirmed", "commerce.send_payouts", 60),
    Periodic("Orders: e-mails that wait", "commerce.send_order_messages", 60),
    Periodic("Documents: of all resellers, every month", "commerce.issue_monthly_documents", 120),
    Periodic("Late payments: remind and suspend", "commerce.remind_late", 86_400, hour=7),
    Periodic("The books: prove them every night", "core.run_check", 86_400, '["ledger"]', hour=3),
)


def make_schedules(**_kwargs: Any) -> None:
    make(PERIODIC)
