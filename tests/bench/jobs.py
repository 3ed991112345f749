"""All jobs by name, in the order in which they run; a family of jobs is a module with a list ``JOBS``."""

from __future__ import annotations

from tests.bench import cache, growth, isochrones, places, reach, siting

FAMILIES = (places, reach, isochrones, growth, cache, siting)  # jobs on one city together: it is taken up once
JOBS = {job.name: job for family in FAMILIES for job in family.JOBS}
