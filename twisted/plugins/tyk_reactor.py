"""Gives ``twistd`` the reactor called ``tyk``; see ``twisted_tyk.transport.reactor``."""

from twisted.application.reactors import Reactor

tyk_reactor = Reactor(
    "tyk", "twisted_tyk.transport.reactor", "epoll(4), with less work per readable socket."
)
