"""The key that signs cookies: from the environment, else one file, made once and readable by its owner only."""

import os
import secrets
from pathlib import Path


def secret_key(data_dir: Path) -> str:
    """Return CLINIC_SECRET_KEY, else the key kept in `data_dir/secret_key`, making it when it isn't there.

    Raises OSError when the folder can't be written: a clinic without a lasting key would sign
    everybody out at each restart.
    """
    if given := os.environ.get("CLINIC_SECRET_KEY"):
        return given
    path = data_dir / "secret_key"
    data_dir.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text(encoding="ascii").strip()
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(secrets.token_urlsafe(64))
    return path.read_text(encoding="ascii").strip()
