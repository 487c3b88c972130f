"""Watch: a page that is made anew whenever a file of it is saved, and a server by which a browser shows it."""

from derive.watch.desk import Desk, Fault
from derive.watch.files import Watched
from derive.watch.following import follow
from derive.watch.host import host_page
from derive.watch.server import Server

__all__ = ["Desk", "Fault", "Server", "Watched", "follow", "host_page"]
