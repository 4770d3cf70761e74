"""Documents that people hand over as files."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from qunxiang.errors import SourceError
from qunxiang.services.yaml_text import read_yaml

T = TypeVar("T", bound=BaseModel)


def yaml_document(path: Path, kind: type[T], **known: Any) -> T:
    """Read a record from a YAML (or JSON) file.

    Parameters
    ----------
    known
        Fields that the command line names; what the file says of them comes first.

    Raises
    ------
    SourceError
        When the file is missing, is no YAML, or does not hold such a record.
    """
    fields = list(kind.model_fields)
    try:
        found = read_yaml(path.read_text("utf-8"))
        if isinstance(found, dict) and {"kind", "body"} <= found.keys() and not {"kind", "body"} & set(fields):
            raise SourceError("cli.file.whole", file=str(path), fields=fields)
        return kind.model_validate({**known, **found} if isinstance(found, dict) else found)
    except OSError as error:
        raise SourceError("cli.file.missing", file=str(path)) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise SourceError("cli.file.no_yaml", file=str(path)) from error
    except ValidationError as error:
        places = [".".join(str(part) for part in e["loc"]) or "?" for e in error.errors()]
        raise SourceError("cli.file.wrong", file=str(path), places=places[:10], fields=fields) from error
