"""The GraphQL schema, assembled from what the apps contribute, and its view."""

import graphene

from apps.core.graphql.complexity import WEIGHT
from apps.core.graphql.limits import MAX_COMPLEXITY
from apps.core.graphql.view import GraphQLView
from apps.pods.graphql.mutations import PodMutations
from apps.pods.graphql.queries import PodQueries
from apps.templates.graphql.mutations import TemplateMutations
from apps.templates.graphql.queries import TemplateQueries
from apps.workflows.graphql.mutations import WorkflowMutations
from apps.workflows.graphql.queries import WorkflowQueries


class Query(PodQueries, TemplateQueries, WorkflowQueries):
    pass


class Mutation(PodMutations, TemplateMutations, WorkflowMutations):
    pass


schema = graphene.Schema(query=Query, mutation=Mutation)
# A mutation may wait for the database's one writer, or for a scheduler's answer; large documents are compared for
# seconds; logs are asked of Kubernetes. Ten of these in a request are enough.
_types = schema.graphql_schema
_dear = (_types.query_type.fields[name] for name in ("templateDiff", "podLogs"))
for _field in (*_types.mutation_type.fields.values(), *_dear):
    _field.extensions[WEIGHT] = MAX_COMPLEXITY.cost // 10
view = GraphQLView.as_view(graphql_schema=schema.graphql_schema)
