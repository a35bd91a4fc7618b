//! Parts of long lists.

/// One page of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// What stands on it, in order.
    pub data: Vec<T>,
    /// Whether more follows.
    pub more: bool,
}

/// Which part of a list is wanted.
#[derive(Clone, Copy, Debug)]
pub struct Slice<'a> {
    /// The id of the last item seen; none: from the beginning.
    pub after: Option<&'a str>,
    /// How many at most.
    pub limit: i64,
    /// Newest first, or oldest first.
    pub newest_first: bool,
}

impl<'a> Slice<'a> {
    /// An id no item comes before; ids are lower-case letters, digits and `_`.
    pub(super) fn edge(&self) -> &'a str {
        self.after.unwrap_or(if self.newest_first { "~" } else { "" })
    }

    /// One more than asked, to know whether more follows.
    pub(super) const fn rows(&self) -> i64 {
        self.limit + 1
    }

    /// The page out of [`Self::rows`] rows.
    pub(super) fn page<T>(&self, mut rows: Vec<T>) -> Page<T> {
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let more = rows.len() > limit;
        rows.truncate(limit);
        Page { data: rows, more }
    }
}

impl<T> Page<T> {
    /// The same page of what each becomes.
    pub fn map<U>(self, make: impl FnMut(T) -> U) -> Page<U> {
        Page { data: self.data.into_iter().map(make).collect(), more: self.more }
    }

    /// The same page, unless one cannot become.
    pub(super) fn try_map<U, E>(self, make: impl FnMut(T) -> Result<U, E>) -> Result<Page<U>, E> {
        let data = self.data.into_iter().map(make).collect::<Result<_, _>>()?;
        Ok(Page { data, more: self.more })
    }
}
