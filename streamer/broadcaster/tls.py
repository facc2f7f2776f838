"""TLS of our own: for a server that has no proxy in front."""

from __future__ import annotations

import ssl
from pathlib import Path

from streamer.errors import UserError


def context(cert: Path | None, key: Path | None) -> ssl.SSLContext | None:
    """What to serve https and wss with: a chain of certificates and its private key, which may be in the same file.
    None without either. Raises `UserError`."""
    if cert is None:
        if key is not None:
            raise UserError("--tls-key is given and --tls-cert is not: both are needed, or neither")
        return None
    for option, file in (("--tls-cert", cert), ("--tls-key", key or cert)):
        try:
            file.read_bytes()
        except OSError as error:
            raise UserError(f"{option} {file}: {error.strerror}") from error
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)  # TLS 1.2 or newer, Python's choice of ciphers
    try:
        made.load_cert_chain(cert, key, password=_locked)
    except _Locked:
        raise UserError(f"--tls-key {key or cert}: the key is encrypted; write it without a passphrase") from None
    except (ssl.SSLError, ValueError) as error:
        raise UserError(_why(cert, key, error)) from error
    made.set_alpn_protocols(["http/1.1"])
    return made


class _Locked(Exception):
    pass


def _locked() -> str:
    raise _Locked  # without a function OpenSSL would ask at the terminal


def _why(cert: Path, key: Path | None, error: Exception) -> str:
    reason = getattr(error, "reason", None)
    if reason == "KEY_VALUES_MISMATCH":
        return f"--tls-key {key or cert} is not the key of the certificate in --tls-cert {cert}"
    if key is None:
        return f"--tls-cert {cert} does not hold both a certificate and its key (PEM): give the key's file by --tls-key"
    found = f" ({reason.lower().replace('_', ' ')})" if reason else ""
    return f"--tls-cert {cert} and --tls-key {key} are not a certificate and its private key in PEM{found}"
