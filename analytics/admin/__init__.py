from analytics.admin import history, home, lists, reports, runs, schedule_runs, schedules, standard

__all__ = ["history", "home", "lists", "reports", "runs", "schedule_runs", "schedules", "standard"]
