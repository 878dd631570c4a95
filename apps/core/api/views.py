"""The base of the interface's views."""

from collections.abc import Collection
from typing import Any

from rest_framework.request import Request
from rest_framework.views import APIView

from apps.core.api.queries import Query


class BaseView(APIView):
    """A view whose methods take no query parameters: one that is sent is a 400, after authentication.

    ``query_methods`` are those, in lower case, that read the query by themselves, as strictly.
    """

    query_methods: Collection[str] = ()

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        # Django answers HEAD with GET. OPTIONS describes the view, and a method that is not there is a 405.
        method = "get" if request.method == "HEAD" else str(request.method).lower()
        if method != "options" and method not in self.query_methods and hasattr(self, method):
            Query(request.query_params, known=())
