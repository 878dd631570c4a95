"""``/api/v1/pod-pools``: parse, call a service, render."""

from collections.abc import Mapping

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from apps.core.api.authentication import caller
from apps.core.api.bodies import refuse_body, required_body
from apps.core.api.entity_tags import IF_MATCH, if_match
from apps.core.api.pagination import OPENAPI_PARAMETERS, PAGE_PARAMETERS, paginate
from apps.core.api.parsers import MergePatchParser, StrictJSONParser
from apps.core.api.queries import Query
from apps.core.api.views import BaseView
from apps.pods.api import schemas
from apps.pods.models import PodPool
from apps.pods.services import pools
from apps.pods.spec.pool_schema import SCALE
from apps.pods.wire import parsing, rendering


class PoolsView(BaseView):
    query_methods = ("get",)

    @extend_schema(operation_id="listPodPools", parameters=OPENAPI_PARAMETERS, responses={200: schemas.POOLS})
    def get(self, request: Request) -> Response:
        """Pools, by name."""
        query = Query(request.query_params, known=PAGE_PARAMETERS)
        visible = pools.pools(caller(request))
        page = paginate(request, query, visible.values("pk", "name"), ["name"])
        pks = [row["pk"] for row in page.rows]
        counts = pools.counts(pks)
        found = visible.filter(pk__in=pks).order_by("name")
        return Response(page.answer([rendering.pool(pool, counts.get(pool.pk, {})) for pool in found]))

    @extend_schema(
        operation_id="createPodPool", request={"application/json": schemas.CREATED}, responses={201: schemas.POOL}
    )
    def post(self, request: Request) -> Response:
        """Create a pool."""
        made = pools.create(caller(request), fields=parsing.fields(request.data))
        location = reverse("pod-pool", args=[made.name], request=request)
        return _served(made, status.HTTP_201_CREATED, {"Location": location})


class PoolView(BaseView):
    parser_classes = (StrictJSONParser, MergePatchParser)

    @extend_schema(operation_id="getPodPool", responses={200: schemas.POOL})
    def get(self, request: Request, name: str) -> Response:
        """A pool."""
        return _served(pools.pool(caller(request), name=name))

    @extend_schema(
        operation_id="replacePodPool",
        parameters=IF_MATCH,
        request={"application/json": schemas.REPLACED},
        responses={200: schemas.POOL},
    )
    def put(self, request: Request, name: str) -> Response:
        """Replace a pool's whole definition; its name stays. Its pods are replaced one after the other."""
        fields = parsing.fields(required_body(request))
        return _served(pools.replace(caller(request), name=name, fields=fields, if_match=if_match(request)))

    @extend_schema(
        operation_id="changePodPool",
        parameters=IF_MATCH,
        request={MergePatchParser.media_type: schemas.PATCHED},
        responses={200: schemas.POOL},
    )
    def patch(self, request: Request, name: str) -> Response:
        """Change part of a pool's definition (RFC 7396). Its pods are replaced one after the other."""
        fields = parsing.fields(required_body(request))
        return _served(pools.patch(caller(request), name=name, fields=fields, if_match=if_match(request)))

    @extend_schema(operation_id="deletePodPool", parameters=IF_MATCH, responses={202: schemas.POOL, 204: None})
    def delete(self, request: Request, name: str) -> Response:
        """Delete a pool. If it has pods, it goes once they have finished their jobs."""
        left = pools.delete(caller(request), name=name, if_match=if_match(request))
        return _served(left, status.HTTP_202_ACCEPTED) if left else Response(status=status.HTTP_204_NO_CONTENT)


class ScaleView(BaseView):
    @extend_schema(operation_id="scalePodPool", request={"application/json": SCALE}, responses={200: schemas.POOL})
    def post(self, request: Request, name: str) -> Response:
        """Keep this many pods; null returns control to the autoscaler."""
        return _served(pools.scale(caller(request), name=name, count=parsing.count(request.data)))


class CordonView(BaseView):
    @extend_schema(operation_id="cordonPodPool", request=None, responses={200: schemas.POOL})
    def post(self, request: Request, name: str) -> Response:
        """Stop the pool's executors from taking jobs."""
        return _cordoned(request, name, cordoned=True)


class UncordonView(BaseView):
    @extend_schema(operation_id="uncordonPodPool", request=None, responses={200: schemas.POOL})
    def post(self, request: Request, name: str) -> Response:
        """Let the pool's executors take jobs again."""
        return _cordoned(request, name, cordoned=False)


def _cordoned(request: Request, name: str, *, cordoned: bool) -> Response:
    refuse_body(request)
    return _served(pools.cordon(caller(request), name=name, cordoned=cordoned))


def _served(pool: PodPool, status: int = status.HTTP_200_OK, headers: Mapping[str, str] | None = None) -> Response:
    """Return a pool with the tag of its settings.

    What is known of its pods changes with each look, so no answer is "not modified" by that tag.
    """
    body = rendering.pool(pool, pools.counts([pool.pk]).get(pool.pk, {}))
    return Response(body, status, headers={**(headers or {}), "ETag": pools.etag(pool)})
