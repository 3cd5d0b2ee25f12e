"""A Jupyter client for the tests: starts the kernel, takes requests as JSON lines, answers with JSON lines.

    python client.py <node> <launcher.cjs> <working directory>

``{"execute": code, "options": {...}}``  ->  ``{"reply": ..., "messages": [[type, content], ...]}``
``{"execute": code, "interruptOn": text}``  interrupts the cell as Jupyter does once it has printed the text
``{"interrupt": true}``  interrupts whatever runs
``{"queue": [code, ...]}``  sends all at once  ->  the list of their answers
``{"request": type, "content": {...}, "channel": "shell" | "control"}``  ->  ``{"reply": ...}``
``{"pids": true}``  ->  the processes of launcher and kernel
``{"alive": seconds}``  ->  whether the launcher still runs after at most that time
"""

import json
import sys
import time

import psutil
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import KernelManager

TIMEOUT = 50


def start(node, launcher, folder):
    manager = KernelManager()
    argv = [node, launcher, "{connection_file}"]
    manager._kernel_spec = KernelSpec(argv=argv, display_name="test", language="typescript")
    manager.start_kernel(cwd=folder)
    client = manager.client()
    client.start_channels()
    client.wait_for_ready(timeout=TIMEOUT)
    return manager, client


def collect(client, ids, on_text=None, then=None):
    """The outputs of some requests up to their last ``idle``, and their replies, in the order of ``ids``.

    Calls ``then`` once a stream has held ``on_text``.
    """
    outputs = {i: [] for i in ids}
    idle = set()
    while len(idle) < len(ids):
        message = client.get_iopub_msg(timeout=TIMEOUT)
        parent = message["parent_header"].get("msg_id")
        if parent not in outputs:
            continue
        content = message["content"]
        if message["msg_type"] == "status" and content["execution_state"] == "idle":
            idle.add(parent)
        outputs[parent].append([message["msg_type"], content])
        if on_text is not None and on_text in content.get("text", ""):
            on_text = None
            then()
    replies = {}
    while len(replies) < len(ids):
        message = client.get_shell_msg(timeout=TIMEOUT)
        replies[message["parent_header"].get("msg_id")] = message["content"]
        replies = {i: r for i, r in replies.items() if i in outputs}
    return [{"reply": replies[i], "messages": outputs[i]} for i in ids]


def answer(manager, client, request):
    if "execute" in request:
        sent = client.execute(request["execute"], **request.get("options", {}))
        return collect(client, [sent], request.get("interruptOn"), manager.interrupt_kernel)[0]
    if "interrupt" in request:
        manager.interrupt_kernel()
        return True
    if "queue" in request:
        return collect(client, [client.execute(code) for code in request["queue"]])
    if "request" in request:
        channel = getattr(client, f"{request.get('channel', 'shell')}_channel")
        message = client.session.msg(request["request"], request.get("content", {}))
        channel.send(message)
        while True:
            reply = channel.get_msg(timeout=TIMEOUT)
            if reply["parent_header"].get("msg_id") == message["header"]["msg_id"]:
                return {"type": reply["msg_type"], "reply": reply["content"]}
    if "pids" in request:
        launcher = manager.provisioner.process.pid
        return [launcher, *(child.pid for child in psutil.Process(launcher).children())]
    if "alive" in request:
        end = time.time() + request["alive"]
        while manager.is_alive() and time.time() < end:
            time.sleep(0.05)
        return manager.is_alive()
    raise ValueError(f"unknown request {request}")


def main():
    manager, client = start(*sys.argv[1:4])
    try:
        print(json.dumps({"ready": True}), flush=True)
        for line in sys.stdin:
            try:
                result = answer(manager, client, json.loads(line))
            except Exception as error:  # the test shows it
                result = {"error": f"{type(error).__name__}: {error}"}
            print(json.dumps(result), flush=True)
    finally:
        client.stop_channels()
        if manager.is_alive():
            manager.shutdown_kernel(now=True)


main()
