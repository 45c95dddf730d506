"""Reports people compose: which columns of a dataset, filtered, grouped and ordered how."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from analytics.services.asking import Span


class Report(models.Model):
    """A dataset with columns and filters, each a row of its own. What is not named by the dataset is in none."""

    title = models.CharField(_("title"), max_length=120)
    description = models.CharField(_("description"), max_length=300, blank=True)
    dataset = models.CharField(_("what it is of"), max_length=40)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        related_name="reports",
        verbose_name=_("owner"),
    )
    shared = models.BooleanField(
        _("shared"),
        default=False,
        help_text=_("Everybody who may see these rows can run it; only its owner changes it."),
    )
    span = models.CharField(_("days"), max_length=10, choices=Span, default=Span.LAST_MONTH)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated at"), auto_now=True)

    class Meta:
        ordering = ["title", "id"]
        verbose_name = _("report")
        verbose_name_plural = _("reports")
        indexes = [models.Index(fields=["owner", "title"], name="analytics_report_of_owner")]

    def __str__(self) -> str:
        return self.title


class ReportColumn(models.Model):
    """A column of a report. One that is added up makes the others groups."""

    class Measure(models.TextChoices):
        AS_IT_IS = "", _("As it is")
        DAY = "day", _("By day")
        WEEK = "week", _("By week")
        MONTH = "month", _("By month")
        QUARTER = "quarter", _("By quarter")
        YEAR = "year", _("By year")
        SUM = "sum", _("Sum")
        AVERAGE = "avg", _("Average")
        LEAST = "min", _("Smallest")
        MOST = "max", _("Largest")
        COUNT = "count", _("Number of")

    BUCKETS = (Measure.DAY, Measure.WEEK, Measure.MONTH, Measure.QUARTER, Measure.YEAR)
    AGGREGATES = (Measure.SUM, Measure.AVERAGE, Measure.LEAST, Measure.MOST, Measure.COUNT)

    class Sort(models.TextChoices):
        NONE = "", "–"
        UP = "asc", _("Smallest first")
        DOWN = "desc", _("Largest first")

    report = models.ForeignKey(Report, models.CASCADE, related_name="columns", verbose_name=_("report"))
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    column = models.CharField(_("column"), max_length=40)
    measure = models.CharField(_("shown"), max_length=8, choices=Measure, blank=True, default="")
    title = models.CharField(_("heading"), max_length=80, blank=True, help_text=_("Empty: the column's own."))
    sort = models.CharField(_("order"), max_length=4, choices=Sort, blank=True, default="")
    total = models.BooleanField(_("total"), default=False)

    class Meta:
        ordering = ["position", "id"]
        verbose_name = _("column")
        verbose_name_plural = _("columns")

    def __str__(self) -> str:
        return self.title or self.column


class ReportFilter(models.Model):
    """A condition every row has to meet; what it is compared with may be asked at each run."""

    class Operator(models.TextChoices):
        IS = "is", _("is")
        IS_NOT = "is_not", _("is not")
        ANY = "any", _("is one of")
        STARTS = "starts", _("begins with")
        CONTAINS = "contains", _("contains")
        LEAST = "least", _("is at least")
        MOST = "most", _("is at most")
        EMPTY = "empty", _("is empty")
        FILLED = "filled", _("is not empty")

    UNARY = (Operator.EMPTY, Operator.FILLED)

    report = models.ForeignKey(Report, models.CASCADE, related_name="filters", verbose_name=_("report"))
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    column = models.CharField(_("column"), max_length=40)
    operator = models.CharField(_("condition"), max_length=8, choices=Operator, default=Operator.IS)
    value = models.CharField(
        _("value"), max_length=300, blank=True, help_text=_("Several for “is one of”, with commas between.")
    )
    ask = models.BooleanField(_("ask at each run"), default=False)

    class Meta:
        ordering = ["position", "id"]
        verbose_name = _("filter")
        verbose_name_plural = _("filters")

    def __str__(self) -> str:
        return f"{self.column} {self.operator} {self.value}"
