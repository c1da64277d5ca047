"""A hook that tells the client who it is."""


def client_ip(rw, request):
    rw.write(request.client_ip)
