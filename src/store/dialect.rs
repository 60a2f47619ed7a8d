//! The few texts that differ between engines: how a list of rows goes in as one parameter.
//!
//! Everything else is common ground: `$n` parameters, `ON CONFLICT`, `RETURNING`.

/// Reads a JSON array of arrays as rows; `json_each` here, `jsonb_array_elements` on PostgreSQL. Columns are read with `->>`.
macro_rules! rows {
    () => {
        "json_each($1) AS r"
    };
}

/// Reads column `n` of such a row.
macro_rules! col {
    ($n:literal) => {
        concat!("(r.value ->> ", $n, ")")
    };
}

pub(crate) use {col, rows};
