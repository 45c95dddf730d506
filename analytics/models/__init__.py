from analytics.models.rollups import DailyParty, DailyProduct, RollupState

__all__ = ["DailyParty", "DailyProduct", "RollupState"]
