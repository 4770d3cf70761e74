"""Secrets: one file each in a folder that its owner alone may read."""

from qunxiang.adapters.secrets.folder_secrets import FolderSecrets

__all__ = ["FolderSecrets"]
