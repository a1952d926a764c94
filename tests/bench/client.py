"""A process of keep-alive HTTP clients, cheap enough not to be what is measured.

Reads a job (JSON) on its first line: the port, and the lanes. A lane is one connection that sends its
requests one after the other, for ever. Each further line is a number of seconds: it runs that long,
then writes the latencies of all the answers.
"""

import json
import socket
import sys
import uuid
from itertools import cycle
from threading import Thread
from time import perf_counter

TIMEOUT = 20
# Stands for the operation id in a request, and is as long as one.
OPERATION = str(uuid.UUID(int=0))


class UnexpectedAnswer(Exception):
    pass


class Lane:
    """One keep-alive connection. Every request gets an operation id of its own."""

    def __init__(self, port, requests, status):
        self.port, self.requests = port, cycle(requests)
        self.expected = f"HTTP/1.1 {status} ".encode()
        self.latencies, self.error = [], None

    def run(self, until):
        self.latencies = []
        try:
            with socket.create_connection(("127.0.0.1", self.port), TIMEOUT) as connection:
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                # Each at least once: a starved server may answer nobody within a short run.
                while not self.latencies or perf_counter() < until:
                    began = perf_counter()
                    self.exchange(connection)
                    self.latencies.append(perf_counter() - began)
        except (OSError, UnexpectedAnswer) as error:
            self.error = f"{type(error).__name__}: {error}"

    def exchange(self, connection):
        request = next(self.requests).replace(OPERATION, str(uuid.uuid4()))
        connection.sendall(request.encode())
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += self.receive(connection)
        head, _, body = answer.partition(b"\r\n\r\n")
        if not head.startswith(self.expected):
            raise UnexpectedAnswer(head.split(b"\r\n")[0].decode())
        missing = content_length(head) - len(body)
        while missing > 0:
            missing -= len(self.receive(connection))

    def receive(self, connection):
        if received := connection.recv(1 << 16):
            return received
        raise UnexpectedAnswer("the connection was closed")


def content_length(head):
    name = b"\r\ncontent-length:"
    lowered = head.lower()
    if name not in lowered:
        return 0
    return int(lowered.partition(name)[2].partition(b"\r\n")[0])


def run(lanes, seconds):
    began = perf_counter()
    threads = [Thread(target=lane.run, args=[began + seconds]) for lane in lanes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    latencies = [latency for lane in lanes for latency in lane.latencies]
    return {
        "errors": [lane.error for lane in lanes if lane.error],
        "seconds": perf_counter() - began,
        "latencies": latencies,
    }


def main():
    job = json.loads(sys.stdin.readline())
    lanes = [Lane(job["port"], lane["requests"], lane["status"]) for lane in job["lanes"]]
    for line in sys.stdin:
        print(json.dumps(run(lanes, float(line))), flush=True)


if __name__ == "__main__":
    main()
