//! Many rows in one statement, in the form that every engine shares: `VALUES (…), (…)`.

use sqlx::query_builder::Separated;
use sqlx::sqlite::SqliteRow;
use sqlx::{FromRow, QueryBuilder, Sqlite};

use super::{Conn, StoreError};

/// Rows in one statement. Few sizes, so that each text is prepared once and kept; close together, so that two statements do for most.
const SIZES: [usize; 21] = [
    128, 96, 64, 56, 48, 40, 32, 28, 24, 20, 16, 14, 12, 10, 8, 6, 5, 4, 3, 2, 1,
];

/// The values of one row, in the order of its columns.
pub(super) type Columns<'q> = Separated<'q, Sqlite, &'static str>;

/// Runs `head VALUES (…), (…) tail`. Answers how many rows were written.
pub(super) async fn write<T>(
    conn: &mut Conn,
    head: &'static str,
    rows: &[T],
    bind: impl Fn(&mut Columns<'_>, &T),
    tail: &'static str,
) -> Result<u64, StoreError> {
    let mut written = 0;
    for part in parts(rows) {
        let mut query = values(head, part, &bind);
        query.push(tail);
        written += query.build().execute(&mut *conn).await?.rows_affected();
    }
    Ok(written)
}

/// Asks `select FROM (VALUES (…), (…)) AS r join`, where the columns of `r` are `column1` and so on.
pub(super) async fn find<K, R>(
    conn: &mut Conn,
    select: &'static str,
    keys: &[K],
    bind: impl Fn(&mut Columns<'_>, &K),
    join: &'static str,
) -> Result<Vec<R>, StoreError>
where
    R: for<'r> FromRow<'r, SqliteRow> + Send + Unpin,
{
    let mut found = Vec::new();
    for part in parts(keys) {
        let mut query = values(select, part, &bind);
        query.push(join);
        found.extend(query.build_query_as().fetch_all(&mut *conn).await?);
    }
    Ok(found)
}

fn values<T>(
    head: &'static str,
    rows: &[T],
    bind: &impl Fn(&mut Columns<'_>, &T),
) -> QueryBuilder<Sqlite> {
    let mut query = QueryBuilder::new(head);
    query.push_values(rows, |mut columns, row| bind(&mut columns, row));
    query
}

fn parts<T>(mut rows: &[T]) -> impl Iterator<Item = &[T]> {
    std::iter::from_fn(move || {
        let size = SIZES.into_iter().find(|size| *size <= rows.len())?;
        let (part, rest) = rows.split_at(size);
        rows = rest;
        Some(part)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_number_of_rows_is_written_in_few_sizes_of_statements() {
        let sizes = |rows: usize| parts(&vec![0; rows]).map(<[_]>::len).collect::<Vec<_>>();
        assert_eq!(sizes(0), [] as [usize; 0]);
        assert_eq!(sizes(153), [128, 24, 1]);
    }
}
