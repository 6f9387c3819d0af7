"""What one scan may hold."""

from patients.photos.limits import MIB, Limits

#: A consent in a wordy language takes four pages; more is several documents scanned in one go.
MOST_PAGES = 8
#: The longer side of a page's picture, in pixels: A4 at 150 dots per inch.
PAGE_SIDE_PX = 1754
#: A page is sent back as bare grey pixels: a host that was taken over can send nothing but a picture.
MOST_PAGE_PX = PAGE_SIDE_PX * PAGE_SIDE_PX
MOST_ANSWER_BYTES = MOST_PAGES * MOST_PAGE_PX + 64 * 1024

LIMITS = Limits(max_bytes=25 * MIB, max_result_bytes=MOST_ANSWER_BYTES)
