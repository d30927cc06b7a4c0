# SPDX-License-Identifier: Apache-2.0
"""The network between host and zone: a relay that can be cut, or lose every answer."""
import selectors
import socket
import threading


class Relay:
    OPEN = "open"  # everything passes
    CUT = "cut"  # nothing passes
    DEAF = "deaf"  # requests pass, their answers are lost

    def __init__(self, target):
        self.target = ("127.0.0.1", target)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.mode = Relay.OPEN
        self.lock = threading.Lock()
        self.pairs = []
        self.closing = False
        threading.Thread(target=self._accept, daemon=True).start()

    def become(self, mode):
        """Connections that were made before end, as when a cable is pulled."""
        with self.lock:
            self.mode = mode
            pairs, self.pairs = self.pairs, []
        for pair in pairs:
            for end in pair:
                try:
                    end.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass

    def close(self):
        self.closing = True
        self.become(Relay.CUT)
        self.listener.close()

    def _accept(self):
        while not self.closing:
            try:
                near, _ = self.listener.accept()
                far = socket.create_connection(self.target) if self.mode != Relay.CUT else None
            except OSError:
                far = None
                if self.closing:
                    return
            if far is None:
                near.close()
                continue
            with self.lock:
                self.pairs.append((near, far))
            threading.Thread(target=self._carry, args=(near, far), daemon=True).start()

    def _carry(self, near, far):
        selector = selectors.DefaultSelector()
        selector.register(near, selectors.EVENT_READ, far)
        selector.register(far, selectors.EVENT_READ, near)
        try:
            while True:
                for key, _ in selector.select():
                    data = key.fileobj.recv(65536)
                    if not data or (key.fileobj is far and self.mode == Relay.DEAF):
                        return
                    key.data.sendall(data)
        except OSError:
            pass
        finally:
            selector.close()
            near.close()
            far.close()
