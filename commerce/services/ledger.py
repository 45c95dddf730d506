"""Wallets and company accounts: opening them, paying money in, adjusting, and credit limits.

Balances are moved by the database as transfers are inserted (`commerce/sql/guards.sql`); nothing here writes one.
"""

from dataclasses import dataclass
from decimal import Decimal

from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from commerce.models import Account, Customer, Payment, Reseller, Transfer
from commerce.models.orders import Order
from commerce.services import second_person
from commerce.services.constraints import refuse_dated_back, violated
from core.actors import current_actor
from core.events import record
from core.exceptions import Conflict, InvalidInput
from core.ids import uuid7
from core.money import format_money, quantize


@dataclass(frozen=True, slots=True)
class Movement:
    """One transfer to be written: amount above zero, in the currency of both accounts."""

    kind: Transfer.Kind
    debit: Account
    credit: Account
    amount: Decimal


def wallet_for(*, party: Reseller | Customer, currency: str, is_test: bool = False) -> Account:
    """The party's wallet in that currency, opened at zero if there is none."""
    owner = {"reseller": party} if isinstance(party, Reseller) else {"customer": party}
    account, _created = Account.objects.get_or_create(
        kind=Account.Kind.WALLET, currency=currency, is_test=is_test, **owner
    )
    return account


def company_account(kind: Account.Kind, currency: str, *, is_test: bool = False, code: str = "") -> Account:
    """The company's account of a kind; `code` names the provider (float) or the gateway it is kept for."""
    account, _created = Account.objects.get_or_create(
        kind=kind, code=code, currency=currency, is_test=is_test, reseller=None, customer=None
    )
    return account


def post(
    movements: list[Movement],
    *,
    order: Order | None = None,
    payment: Payment | None = None,
    reason: str = "",
    external_reference: str = "",
) -> list[Transfer]:
    """Write movements as one group of transfers, in the given order. Call inside a transaction.

    Raises:
        InvalidInput: `insufficient_credit` where a wallet would fall below its limit.
        Conflict: `duplicate_reference` where the wallet was funded with this external reference already;
            `month_closed`.
    """
    actor, group, now = current_actor(), uuid7(), timezone.now()
    rows = [
        Transfer(
            group=group,
            kind=movement.kind,
            debit_account=movement.debit,
            credit_account=movement.credit,
            amount=movement.amount,
            currency=movement.debit.currency,
            order=order,
            payment=payment,
            reason=reason,
            external_reference=external_reference,
            actor_kind=actor.kind,
            actor_id=actor.id,
            actor_label=actor.label,
            created_at=now,
        )
        for movement in movements
        if movement.amount > 0
    ]
    try:
        with transaction.atomic():
            return Transfer.objects.bulk_create(rows)
    except IntegrityError as error:
        raise _refusal(error) from error
    except DatabaseError as error:
        raise refuse_dated_back(error) or error from error


def _refusal(error: IntegrityError) -> Exception:
    match violated(error):
        case "commerce_account_available":
            return InvalidInput(
                "insufficient_credit",
                _("The wallet does not cover this amount. Fund it or raise its credit limit."),
            )
        case "commerce_transfer_funding_once":
            return Conflict(
                "duplicate_reference",
                _("This wallet was funded with this reference already."),
                field="external_reference",
            )
        case _:
            return error


def lock_wallet(account_id: int) -> Account:
    """The wallet, locked until the transaction ends. Taken before any order of it is locked, never after.

    The lock is the weaker one that leaves foreign-key checks alone: placing orders on a busy wallet goes on.
    """
    return Account.objects.select_for_update(no_key=True).get(pk=account_id)


@transaction.atomic
def fund(*, account: Account, amount: Decimal, reason: str, external_reference: str = "") -> Transfer:
    """Record money a party paid in: bank → wallet.

    Args:
        amount: above zero, in the wallet's currency.
        external_reference: the bank's own reference; the same one funds a wallet once.

    Raises:
        InvalidInput: `invalid_amount`, `not_a_wallet`.
        Conflict: `duplicate_reference`. ApprovalNeeded: above the limit.
    """
    wallet = _wallet(account)
    value = _positive(amount, wallet.currency)
    second_person.for_funding(wallet, value, reason=reason, external_reference=external_reference)
    bank = company_account(Account.Kind.BANK, wallet.currency, is_test=wallet.is_test)
    [transfer] = post(
        [Movement(Transfer.Kind.FUNDING, bank, wallet, value)],
        reason=reason,
        external_reference=external_reference,
    )
    _announce(wallet, "wallet.credited", transfer)
    return transfer


@transaction.atomic
def receive_payment(*, account: Account, payment: Payment) -> Transfer:
    """Credit a wallet with a completed payment that is for no order: gateway → wallet, once per payment."""
    gateway = company_account(Account.Kind.GATEWAY, payment.currency, code=payment.gateway)
    [transfer] = post(
        [Movement(Transfer.Kind.PAYMENT, gateway, _wallet(account), payment.amount)],
        payment=payment,
        external_reference=str(payment.pk),
    )
    _announce(account, "wallet.credited", transfer)
    return transfer


@transaction.atomic
def adjust(*, account: Account, amount: Decimal, reason: str) -> Transfer:
    """Correct a wallet by a signed amount in its currency, against the adjustments account.

    Raises:
        InvalidInput: `invalid_amount` for zero, `insufficient_credit`, `not_a_wallet`, `reason_required`.
        ApprovalNeeded: above the limit.
    """
    wallet = _wallet(account)
    if not reason.strip():
        raise InvalidInput("reason_required", _("Say why the wallet is adjusted."), field="reason")
    value = _positive(abs(amount), wallet.currency)
    second_person.for_adjustment(wallet, amount, reason=reason)
    other = company_account(Account.Kind.ADJUSTMENT, wallet.currency, is_test=wallet.is_test)
    debit, credit = (other, wallet) if amount > 0 else (wallet, other)
    [transfer] = post([Movement(Transfer.Kind.ADJUSTMENT, debit, credit, value)], reason=reason)
    _announce(wallet, "wallet.adjusted", transfer)
    return transfer


@transaction.atomic
def set_credit_limit(*, account: Account, limit: Decimal, reason: str) -> Account:
    """Let a wallet be spent down to `-limit`, in its currency.

    Raises:
        InvalidInput: `invalid_amount`, or `credit_limit_in_use` where more than that is spent or held already.
        ApprovalNeeded: above the limit.
    """
    wallet = lock_wallet(_wallet(account).pk)
    if limit < 0 or quantize(limit, wallet.currency) != limit:
        raise InvalidInput(
            "invalid_amount", _("A credit limit is zero or more, in whole cents."), field="limit"
        )
    in_use = max(Decimal(0), wallet.held - wallet.balance)
    if limit < in_use:
        raise InvalidInput(
            "credit_limit_in_use",
            _("%(used)s is in use; the limit cannot be below that.")
            % {"used": format_money(in_use, wallet.currency)},
            field="limit",
        )
    second_person.for_credit_limit(wallet, limit, reason=reason)
    before = wallet.credit_limit
    wallet.credit_limit = limit
    wallet.save(update_fields=["credit_limit"])
    record(
        "wallet.credit_limit_changed",
        subject=wallet,
        data={"before": str(before), "after": str(limit), "currency": wallet.currency, "reason": reason},
    )
    return wallet


def _wallet(account: Account) -> Account:
    if not account.is_wallet:
        raise InvalidInput("not_a_wallet", _("Only a wallet can be funded, adjusted or given a limit."))
    return account


def _positive(amount: Decimal, currency: str) -> Decimal:
    value = quantize(amount, currency)
    if value != amount or value <= 0 or value >= Decimal("1e10"):
        raise InvalidInput(
            "invalid_amount",
            _("Give an amount above zero with at most two decimals, in whole cents."),
            field="amount",
        )
    return value


def _announce(wallet: Account, kind: str, transfer: Transfer) -> None:
    data = {
        "transfer": transfer.pk,
        "amount": str(transfer.amount),
        "currency": transfer.currency,
        "reason": transfer.reason,
    }
    record(kind, subject=wallet, data=data)
