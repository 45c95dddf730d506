from unfold.sites import UnfoldAdminSite


class ToplineAdminSite(UnfoldAdminSite):
    """Our admin."""
