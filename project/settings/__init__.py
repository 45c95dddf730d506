"""Settings, by what they are about; everything that differs between machines comes from the environment."""

from project.settings.base import *
from project.settings.data import *
from project.settings.fixed import *
from project.settings.security import *
from project.settings.services import *
from project.settings.unfold import *
