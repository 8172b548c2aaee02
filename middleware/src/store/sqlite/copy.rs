//! `Portable` in SQLite.

mod load;
mod place;
mod salvage;
mod table;

use crate::store::{Page, Place, Portable, Record, Section, StoreError};

use self::load::{Rows, orphans};
use self::place::From;
use self::table::Table;
use super::Sqlite;
use super::row::{execute, exists};

impl Portable for Sqlite {
    async fn dump(&self, section: Section, after: Option<&Place>, limit: usize) -> Result<Page, StoreError> {
        let from = match after {
            None => From::Start,
            Some(place) => {
                let count = Table::of(section).key.len();
                let from = From::of(place).filter(|from| from.key().len() == count);
                from.ok_or_else(|| StoreError::corrupt("expected a place of this section, received another"))?
            }
        };
        self.read(move |sql| salvage::dump(sql, section, from, limit.max(1))).await
    }

    async fn load(&self, records: Vec<Record>) -> Result<(), StoreError> {
        let rows = records.into_iter().map(Rows::of).collect::<Result<Vec<_>, _>>()?;
        self.write_rows(move |sql| rows.iter().try_for_each(|row| row.put(sql))).await
    }

    async fn drop_orphans(&self, of: Section) -> Result<u64, StoreError> {
        self.write_rows(move |sql| {
            orphans(of).iter().try_fold(0_u64, |count, delete| Ok(count.saturating_add(execute(sql, delete, [])?)))
        })
        .await
    }

    async fn is_empty(&self) -> Result<bool, StoreError> {
        self.read(|sql| {
            for section in Section::ALL {
                if exists(sql, &format!("SELECT 1 FROM {}", Table::of(*section).name), [])? {
                    return Ok(false);
                }
            }
            Ok(true)
        })
        .await
    }
}

/// Every statement that reads, and how many parameters it has.
#[cfg(test)]
pub(super) fn selects() -> Vec<(String, usize)> {
    let of = |section: &Section| {
        let table = Table::of(*section);
        let key: place::Key = table.key.iter().map(|_| rusqlite::types::Value::Integer(1)).collect();
        let froms = [From::Start, From::Behind(key.clone()), From::At(key)];
        let select = |from: &From| ["ASC", "DESC"].map(|direction| (table.select(from, direction), from.key().len()));
        froms.iter().flat_map(select).collect::<Vec<_>>()
    };
    Section::ALL.iter().flat_map(of).collect()
}
