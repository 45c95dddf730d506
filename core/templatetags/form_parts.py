"""For core/form_templates, which are read before the models are."""

from django import template

from core.backoffice.form_renderer import attributes

register = template.Library()
register.filter("attributes", attributes)
