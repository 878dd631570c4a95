"""The GraphQL schema: what the apps contribute, put together."""

import graphene

from apps.templates.graphql.mutations import TemplateMutations
from apps.templates.graphql.queries import TemplateQueries
from apps.workflows.graphql.mutations import WorkflowMutations
from apps.workflows.graphql.queries import WorkflowQueries


class Query(TemplateQueries, WorkflowQueries):
    pass


class Mutation(TemplateMutations, WorkflowMutations):
    pass


schema = graphene.Schema(query=Query, mutation=Mutation)
