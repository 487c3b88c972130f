"""Watch: a page that is made anew whenever a file of it is saved, and a server by which a browser shows it."""

from derive.watch.desk import Desk, Fault
from derive.watch.files import Stamp, Watched
from derive.watch.host import host_page
from derive.watch.server import Server

__all__ = ["Desk", "Fault", "Server", "Stamp", "Watched", "host_page"]
