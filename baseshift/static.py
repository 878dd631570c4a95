"""Names of static files in production."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedModules(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # the library has no types
    """Names with hashes of the contents, also in imports between scripts: no page mixes old scripts with new."""

    support_js_module_import_aggregation = True
