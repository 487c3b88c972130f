"""Writers: a document becomes the files of one format, by one writer each; `derive.report.formats` says which there are."""

from derive.report.writers.writer import Job, Writer, Written

__all__ = ["Job", "Writer", "Written"]
