"""The browsers in which people are signed in: listed, and signed out from elsewhere.

A session of Django's names a row here. What has no row, or one that has ended, is nobody's: so signing out elsewhere
takes a row away, wherever the session itself is kept or cached.
"""

from datetime import timedelta

from django.contrib.auth import SESSION_KEY
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.contrib.sessions.backends.base import SessionBase
from django.core.cache import cache
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from core.events import record
from core.models import SignInSession, User
from core.request_context import client_ip
from core.sign_in_rules import remember_days, session_hours

# In the session: which row it is.
ROW = "sign_in_session"
# And whether its person asked to be remembered.
REMEMBERED = "remembered"
# How often a browser's last sight is written down.
SEEN_SECONDS = 60


def begin(request: HttpRequest, user: User, *, with_code: bool = False) -> SignInSession:
    """Write down that this browser is signed in from now on; in place of what it was signed in as before."""
    session: SessionBase = request.session
    if (before := _row_of(session)) is not None:
        _end_rows(SignInSession.objects.filter(pk=before))
    remembered = bool(session.get(REMEMBERED))
    row = SignInSession.objects.create(
        user=user,
        address=client_ip() or request.META.get("REMOTE_ADDR") or None,
        agent=request.META.get("HTTP_USER_AGENT", "")[:300],
        remembered=remembered,
        with_code=with_code,
        expires_at=timezone.now() + _length(remembered=remembered),
    )
    session[ROW] = row.pk
    # A browser that is not to remember forgets when its window is closed.
    session.set_expiry(int(_length(remembered=True).total_seconds()) if remembered else 0)
    cache.set(_key(row.pk), 1, SEEN_SECONDS)
    return row


def goes_on(request: HttpRequest, user: User) -> bool:
    """Whether the session is still somebody's; once a minute its row is asked, and told that it was seen."""
    pk = _row_of(request.session)
    if pk is None:
        # From before there were rows.
        begin(request, user)
        return True
    if not cache.add(_key(pk), 1, SEEN_SECONDS):
        return True
    now = timezone.now()
    # By the settings of now: a shorter length ends the sign-ins there are.
    since = now - _length(remembered=bool(request.session.get(REMEMBERED)))
    mine = SignInSession.objects.filter(pk=pk, user=user, expires_at__gt=now, created_at__gt=since)
    if mine.update(last_seen_at=now, address=client_ip()):
        return True
    cache.delete(_key(pk))
    return False


def remember(request: HttpRequest, *, wanted: bool) -> None:
    """Let this browser stay signed in when its window is closed, or not."""
    request.session[REMEMBERED] = wanted
    lasts = _length(remembered=wanted)
    SignInSession.objects.filter(pk=_row_of(request.session) or 0).update(
        remembered=wanted, expires_at=timezone.now() + lasts
    )
    request.session.set_expiry(int(lasts.total_seconds()) if wanted else 0)


def live(user: User) -> QuerySet[SignInSession]:
    """The browsers this person is signed in with, the latest seen first."""
    return SignInSession.objects.filter(user=user, expires_at__gt=timezone.now())


def current(request: HttpRequest) -> int | None:
    """The number of the row of this very browser."""
    return _row_of(request.session)


@transaction.atomic
def end(*, session: SignInSession) -> None:
    """Sign one browser out."""
    record("sign_in.ended", subject=session.user, data={"address": session.address, "agent": session.agent})
    _end_rows(SignInSession.objects.filter(pk=session.pk))


@transaction.atomic
def end_all(user: User, *, but: int | None = None) -> int:
    """Sign a person out of every browser, or of all but this one; how many there were."""
    return _end_rows(SignInSession.objects.filter(user=user).exclude(pk=but or 0))


def forget_ended() -> None:
    """Rows that ended by themselves."""
    SignInSession.objects.filter(expires_at__lt=timezone.now()).delete()


def _end_rows(rows: QuerySet[SignInSession]) -> int:
    numbers = list(rows.values_list("pk", flat=True))
    ended: int = SignInSession.objects.filter(pk__in=numbers).delete()[0] if numbers else 0
    # The next request asks the row again: it waits for us, and finds it gone.
    cache.delete_many([_key(pk) for pk in numbers])
    return ended


def _length(*, remembered: bool) -> timedelta:
    return timedelta(days=remember_days()) if remembered else timedelta(hours=session_hours())


def _row_of(session: SessionBase) -> int | None:
    pk = session.get(ROW)
    return pk if isinstance(pk, int) else None


def _key(pk: int) -> str:
    return f"sign-in-seen:{pk}"


def _signed_in(sender: type, request: HttpRequest, user: User, **_kwargs: object) -> None:
    """A page's log-in; one by token has no session that names the person."""
    session = getattr(request, "session", None)
    by_page = not getattr(request, "path", "").startswith("/api/")
    if by_page and session is not None and session.get(SESSION_KEY) == str(user.pk):
        begin(request, user)


def _signed_out(sender: type, request: HttpRequest, user: User | None, **_kwargs: object) -> None:
    pk = _row_of(request.session) if hasattr(request, "session") else None
    if user is not None and pk is not None:
        _end_rows(SignInSession.objects.filter(pk=pk, user=user))


def listen() -> None:
    user_logged_in.connect(_signed_in, dispatch_uid="core.sign_in_sessions")
    user_logged_out.connect(_signed_out, dispatch_uid="core.sign_in_sessions.out")
