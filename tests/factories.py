"""People for tests; the other nouns' factories are in `factories_<noun>.py`."""

from typing import Any

import factory
from django.contrib.auth.models import Group

from core.models import User

PASSWORD = "a long enough password"


class UserFactory(factory.django.DjangoModelFactory):
    """Somebody who can sign in with PASSWORD; no staff unless a role is given."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    class Params:
        # `UserFactory(staff="finance")`: as the service sets a role.
        staff = ""

    username = factory.Sequence(lambda number: f"person{number}")
    email = factory.LazyAttribute(lambda user: f"{user.username}@example.com")
    first_name = "Sam"
    last_name = factory.Sequence(lambda number: f"Person {number}")
    role = factory.SelfAttribute("staff")
    is_staff = factory.LazyAttribute(lambda user: bool(user.staff))
    is_superuser = factory.LazyAttribute(lambda user: user.staff == User.Role.SUPER_ADMIN)
    password = factory.django.Password(PASSWORD)

    @factory.post_generation
    def group(self: Any, create: bool, extracted: Any, **kwargs: Any) -> None:
        if create and self.role:
            self.groups.add(Group.objects.get(name=self.role))
