"""The control API under `/__admin`: openapi/admin.yaml, served by Connexion.

An operation id of the document names a module and a function here; `asked` tells these what is
asked of them, and of which mock.
"""

from mock_server.admin.app import PREFIX, AdminMiddleware, admin_app, admin_document

__all__ = ["PREFIX", "AdminMiddleware", "admin_app", "admin_document"]
