"""Talks to the host: HTTPS with the certificate pinned by its SHA-256 fingerprint, as the console does it. "The host said no" and "the host is silent" are different."""
import base64
import hashlib
import http.client
import json
import socket
import ssl
import threading

PORT = 8443
TIMEOUT_SECONDS = 120


class Refused(Exception):
    """The host said no: its words."""


class Silent(Exception):
    """No answer, or none that can be understood."""


def fingerprint_of(address):
    """What the host shows to whoever comes: upper case, with colons."""
    try:
        with socket.create_connection(split(address), TIMEOUT_SECONDS) as plain, _context().wrap_socket(plain) as secure:
            return _fingerprint(secure)
    except (OSError, ssl.SSLError) as why:
        raise Silent(str(why)) from None


def split(address):
    """`host`, `host:port`, `[v6]:port`"""
    host, sep, port = address.strip().removeprefix('https://').rstrip('/').rpartition(':')
    if not sep or port.endswith(']') or not port.isdigit():
        host, port = (address.strip().removeprefix('https://').rstrip('/'), str(PORT))
    return host.strip('[]'), int(port)


def _context():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # the fingerprint is what counts
    return context


def _fingerprint(secure):
    digest = hashlib.sha256(secure.getpeercert(binary_form=True)).hexdigest().upper()
    return ':'.join(digest[at:at + 2] for at in range(0, 64, 2))


class Host:
    def __init__(self, address, fingerprint, code='', user='', password=''):
        self.host, self.port = split(address)
        self.fingerprint = fingerprint.upper()
        self.opening = f'Code {code.strip()}' if code else 'Basic ' + base64.b64encode(f'{user}:{password}'.encode()).decode()
        self.token, self.kept = '', threading.local()

    def open(self, description):
        transfer = self._json('POST', '/p2v/transfers', json.dumps(description).encode(), {'Authorization': self.opening})
        self.token = transfer['token']
        return transfer

    def state(self, transfer):
        return self._json('GET', f"/p2v/transfers/{transfer['id']}")

    def put(self, transfer, disk, number, body, encoding, sha256, done):
        self._json('PUT', f"/p2v/transfers/{transfer['id']}/disks/{disk}/chunks/{number}", body, {'Content-Encoding': encoding, 'X-Chunk-SHA256': sha256, 'X-P2V-Done': str(done)})

    def finish(self, transfer):
        return self._json('POST', f"/p2v/transfers/{transfer['id']}/finish", b'')

    def give_up(self, transfer):
        return self._json('DELETE', f"/p2v/transfers/{transfer['id']}")

    def _json(self, method, path, body=None, headers=None):
        status, text = self._ask(method, path, body, {'Authorization': f'Bearer {self.token}', **(headers or {})})
        try:
            answer = json.loads(text or b'null')
        except ValueError:
            raise Silent(f'HTTP {status}, and no word that we understand') from None
        if status == 200:
            return answer
        if status in (408, 422, 429, 502, 503, 504):  # 422: damaged on the way
            raise Silent(f'HTTP {status}')
        words = answer if isinstance(answer, list) else [f'HTTP {status}']
        raise Refused(': '.join(str(word) for word in words if word))

    def _ask(self, method, path, body, headers):
        connection = getattr(self.kept, 'connection', None) or self._connect()
        self.kept.connection = None
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            answer = response.status, response.read()
        except (OSError, http.client.HTTPException) as why:
            connection.close()
            raise Silent(str(why) or type(why).__name__) from None
        self.kept.connection = connection
        return answer

    def _connect(self):
        connection = http.client.HTTPSConnection(self.host, self.port, timeout=TIMEOUT_SECONDS, context=_context())
        try:
            connection.connect()
        except (OSError, ssl.SSLError) as why:
            raise Silent(str(why)) from None
        if _fingerprint(connection.sock) != self.fingerprint:
            connection.close()
            raise Refused('the certificate is another one: this is not the host that it was')
        return connection
