"""The last step: the request goes to the upstream and its answer comes back.

Read ``proxy`` (the step), then ``client`` (treq, and what of it a gateway
leaves out), ``agent`` (connections kept alive) and ``connection`` (one of them).
"""
