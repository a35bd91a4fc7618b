//! Sealing: what waits of one ledger gets its place, under a head that is signed and recorded outside before the commit.

use std::collections::HashMap;
use std::sync::Arc;

use sqlx::FromRow;

use super::Head;
use super::told::Sealed;
use crate::clock;
use crate::domain::id::WorkspaceId;
use crate::domain::time::Timestamp;
use crate::ledger::checkpoint::Checkpoint;
use crate::ledger::hash::Hash;
use crate::ledger::kept::{Course, Kept, Refused};
use crate::ledger::note::{Signer, Vkey};
use crate::ledger::tree::{Edge, Node, Span};
use crate::store::decision::{Committed, Desk};
use crate::store::engine::{Bulk, Sql, Tx};
use crate::store::error::StoreError;
use crate::store::fence::{self, Fence};
use crate::store::value::{Value, args, values};
use crate::store::{Store, delivery};

const WAITING: &str = "SELECT workspace_id, MIN(seq) FROM ledger_inbox GROUP BY workspace_id ORDER BY 2";

const OLDEST: &str = "SELECT MIN(accepted_at) FROM ledger_inbox";

const NEXT: &str = "SELECT seq, record_id, leaf, accepted_at FROM ledger_inbox WHERE workspace_id = $1 ORDER BY seq LIMIT $2";

const KEY: &str = "SELECT vkey, seed FROM ledger_key WHERE workspace_id = $1";

const INSERT_KEY: &str =
    "INSERT INTO ledger_key (workspace_id, vkey, seed, created_at) VALUES ($1, $2, $3, $4)";

const SET_HEAD: &str = "INSERT INTO ledger_head (workspace_id, size, root, checkpoint, sealed_at)
    VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (workspace_id) DO UPDATE
    SET size = excluded.size, root = excluded.root, checkpoint = excluded.checkpoint, sealed_at = excluded.sealed_at
    WHERE ledger_head.size < excluded.size";

const INSERT_LEAVES: Bulk = Bulk::new(
    "INSERT INTO ledger_leaf (workspace_id, leaf_index, record_id, leaf, sealed_at) VALUES ",
    5,
    "",
);

const INSERT_NODES: Bulk =
    Bulk::new("INSERT INTO ledger_node (workspace_id, level, node_index, hash) VALUES ", 4, "");

const TAKE_OUT: Bulk = Bulk::new("DELETE FROM ledger_inbox WHERE seq IN (VALUES ", 1, ")");

pub(in crate::store) const STATEMENTS: &[Sql] = &[
    Sql::same(WAITING),
    Sql::same(OLDEST),
    Sql::same(NEXT),
    Sql::same(KEY),
    Sql::same(INSERT_KEY),
    Sql::same(SET_HEAD),
];
pub(in crate::store) const LOOKUPS: &[Bulk] = &[INSERT_LEAVES, INSERT_NODES, TAKE_OUT];

/// The signer's own record of heads, outside the database. It blocks.
pub trait HeadRecord: Send + Sync {
    /// What is recorded of a ledger.
    ///
    /// # Errors
    /// When it cannot be read.
    fn read(&self, workspace: &WorkspaceId) -> std::io::Result<Option<String>>;

    /// Puts `new` in the place of `old`, durably; `false`, and nothing done, when something else stands there by now.
    ///
    /// # Errors
    /// When it may not be durable.
    fn replace(&self, workspace: &WorkspaceId, old: Option<&str>, new: &str) -> std::io::Result<bool>;
}

/// Why nothing was sealed. Nothing is written then.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// The database failed, or another writer was faster.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The signer does not sign this.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The record of heads could not be read or written.
    #[error("the record of heads: {0}")]
    Record(#[from] std::io::Error),
}

/// A batch that was sealed.
#[derive(Debug)]
pub struct Batch {
    /// When each of its events was accepted.
    pub accepted: Vec<Timestamp>,
    /// What is left to do in memory.
    pub committed: Committed,
}

/// What sealing needs beside the database.
#[derive(Clone)]
pub struct Seal<'a> {
    /// The right to seal.
    pub fence: Fence,
    /// Until when it is held on.
    pub until: Timestamp,
    /// The record of heads.
    pub heads: Arc<dyn HeadRecord>,
    /// What the origins of new ledgers begin with.
    pub host: &'a str,
    /// Events of one batch.
    pub limit: i64,
}

/// An event that waits.
#[derive(Debug, FromRow)]
struct InboxRow {
    seq: i64,
    record_id: String,
    leaf: Vec<u8>,
    accepted_at: i64,
}

impl InboxRow {
    fn hash(&self) -> Hash {
        Hash::of_leaf(&self.leaf)
    }
}

/// A ledger as it stands in the database.
struct Present {
    signer: Signer,
    edge: Edge,
}

impl Store {
    /// Ledgers for which something waits, longest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn unsealed_ledgers(&self) -> Result<Vec<WorkspaceId>, StoreError> {
        let rows: Vec<(String, i64)> = self.db.all(WAITING, args![]).await?;
        let read = |(id, _): (String, i64)| {
            WorkspaceId::parse(&id).map_err(|_| StoreError::inconsistent("ledger_inbox", "workspace_id", &id))
        };
        rows.into_iter().map(read).collect()
    }

    /// When the oldest event that waits was accepted.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn oldest_unsealed(&self) -> Result<Option<Timestamp>, StoreError> {
        let row: Option<(Option<i64>,)> = self.db.find(OLDEST, args![]).await?;
        Ok(row.and_then(|(at,)| at).map(Timestamp::from_millis))
    }

    /// Seals what waits of one ledger, at most a batch of it. `None` when the fence was lost.
    ///
    /// # Errors
    /// [`SealError`]: then nothing is written but, at most, the record of heads.
    pub async fn seal(
        &self,
        workspace: &WorkspaceId,
        seal: &Seal<'_>,
        desk: &Desk<'_>,
    ) -> Result<Option<Batch>, SealError> {
        let mut tx = self.db.begin().await?;
        if !fence::pass(&mut tx, seal.fence, seal.until).await? {
            return Ok(None);
        }
        let mut ledger = self.present(&mut tx, workspace, seal.host, desk.now).await?;
        let key = ledger.signer.vkey();
        let recorded = on_disk(seal, workspace, |heads, workspace| heads.read(&workspace)).await?;
        let course = course(&mut tx, workspace, &ledger.edge, recorded.as_deref(), &key).await?;
        let rows = next(&mut tx, workspace, &course, seal.limit).await?;
        if rows.is_empty() {
            tx.commit().await?;
            return Ok(Some(Batch { accepted: Vec::new(), committed: Committed::default() }));
        }
        let first = ledger.edge.size();
        let batch: Vec<Hash> = rows.iter().map(InboxRow::hash).collect();
        let nodes: Vec<(Node, Hash)> = batch.iter().flat_map(|leaf| ledger.edge.append(*leaf)).collect();
        let (size, root) = (ledger.edge.size(), ledger.edge.root());
        let kept = Kept::new(Checkpoint::sign(&ledger.signer, size, root), &batch);
        let head = Head { size, root, checkpoint: kept.checkpoint.clone(), sealed_at: desk.now };
        record(seal, workspace, (&course, recorded, first), &kept).await?;
        write_tree(&mut tx, workspace, &head, &nodes).await?;
        write_leaves(&mut tx, workspace, (first, &rows), desk.now).await?;
        let sealed = (first..).zip(&rows).map(|(index, row)| Sealed::new(index, &row.record_id, &row.leaf));
        let (events, deliveries) =
            super::told::tell(&mut tx, workspace, &head, sealed.collect(), desk.now).await?;
        let deliveries = delivery::insert(&mut tx, desk.book, deliveries, desk.now).await?;
        if let Err(error) = tx.commit().await {
            delivery::cancel_reserved(desk.book, &deliveries);
            return Err(error.into());
        }
        let accepted = rows.iter().map(|row| Timestamp::from_millis(row.accepted_at)).collect();
        Ok(Some(Batch { accepted, committed: Committed { deliveries, events, contents: HashMap::new() } }))
    }

    /// The ledger's key and right edge; a new key for a new ledger.
    async fn present(
        &self,
        tx: &mut Tx,
        workspace: &WorkspaceId,
        host: &str,
        now: Timestamp,
    ) -> Result<Present, StoreError> {
        let context = format!("ledger-key/{workspace}");
        let bad = |table, column| StoreError::inconsistent(table, column, workspace.as_str());
        let signer = match tx.find::<(String, Vec<u8>)>(KEY, args![workspace]).await? {
            Some((vkey, sealed)) => {
                let seed = self.vault.data().open(&context, &sealed)?;
                let seed: [u8; 32] = seed.try_into().map_err(|_| bad("ledger_key", "seed"))?;
                let name = vkey.split('+').next().unwrap_or_default();
                Signer::new(name, &seed).filter(|signer| signer.vkey().to_string() == vkey)
            }
            None => {
                let seed = clock::random();
                let signer = Signer::new(&format!("{host}/ledger/{workspace}"), &seed);
                let vkey = signer.as_ref().map(|signer| signer.vkey().to_string());
                let sealed = self.vault.data().seal(clock::random(), &context, &seed);
                tx.execute(INSERT_KEY, args![workspace, vkey, sealed, now]).await?;
                signer
            }
        };
        let edge = edge(tx, workspace).await?;
        Ok(Present { signer: signer.ok_or_else(|| bad("ledger_key", "vkey"))?, edge })
    }
}

/// The right edge, which must make the root of the stored head.
async fn edge(tx: &mut Tx, workspace: &WorkspaceId) -> Result<Edge, StoreError> {
    let Some(head) = super::head_in(tx, workspace).await? else { return Ok(Edge::default()) };
    let known = super::nodes_in(tx, workspace, &Span::whole(head.size).nodes()).await?;
    let edge = Edge::of(head.size, &known).filter(|edge| edge.root() == head.root);
    edge.ok_or_else(|| StoreError::inconsistent("ledger_head", "root", workspace.as_str()))
}

/// What the record allows.
async fn course(
    tx: &mut Tx,
    workspace: &WorkspaceId,
    edge: &Edge,
    recorded: Option<&str>,
    key: &Vkey,
) -> Result<Course, SealError> {
    let size = edge.size();
    let Some(text) = recorded else {
        return if size == 0 { Ok(Course::Extend) } else { Err(Refused::NoRecord { size }.into()) };
    };
    let kept = Kept::parse(text)?;
    let both = Span::whole(kept.head(key)?.size.min(size));
    let known = super::nodes_in(tx, workspace, &both.nodes()).await?;
    let root = both
        .hash(&known)
        .ok_or_else(|| StoreError::inconsistent("ledger_node", "hash", workspace.as_str()))?;
    Ok(kept.course(key, size, &root)?)
}

/// The events to seal now, in order.
async fn next(
    tx: &mut Tx,
    workspace: &WorkspaceId,
    course: &Course,
    limit: i64,
) -> Result<Vec<InboxRow>, SealError> {
    let Course::Repeat(signed) = course else {
        return Ok(tx.all(NEXT, args![workspace, limit]).await?);
    };
    let mut rows: Vec<InboxRow> = tx.all(NEXT, args![workspace, i64::MAX]).await?;
    let mut again = Vec::with_capacity(signed.len());
    for hash in signed {
        match rows.iter().position(|row| row.hash() == *hash) {
            Some(at) => again.push(rows.remove(at)),
            None => {
                let size = super::head_in(tx, workspace).await?.map_or(0, |head| head.size);
                return Err(Refused::Behind { size, recorded: size + signed.len() as u64 }.into());
            }
        }
    }
    Ok(again)
}

/// Records the head, unless it is recorded already.
async fn record(
    seal: &Seal<'_>,
    workspace: &WorkspaceId,
    (course, old, size): (&Course, Option<String>, u64),
    kept: &Kept,
) -> Result<(), SealError> {
    if *course != Course::Extend {
        let same = old.as_deref().map(Kept::parse).transpose()?;
        let is_same = same.is_some_and(|same| same.checkpoint == kept.checkpoint);
        return if is_same { Ok(()) } else { Err(Refused::Forked { at: size }.into()) };
    }
    let new = kept.to_text();
    let replaced =
        on_disk(seal, workspace, move |heads, workspace| heads.replace(&workspace, old.as_deref(), &new));
    if replaced.await? { Ok(()) } else { Err(StoreError::Conflict.into()) }
}

/// Runs what blocks where it may.
async fn on_disk<R: Send + 'static>(
    seal: &Seal<'_>,
    workspace: &WorkspaceId,
    work: impl FnOnce(Arc<dyn HeadRecord>, WorkspaceId) -> std::io::Result<R> + Send + 'static,
) -> std::io::Result<R> {
    let (heads, workspace) = (seal.heads.clone(), workspace.clone());
    let done = tokio::task::spawn_blocking(move || work(heads, workspace)).await;
    done.map_err(std::io::Error::other)?
}

async fn write_tree(
    tx: &mut Tx,
    workspace: &WorkspaceId,
    head: &Head,
    nodes: &[(Node, Hash)],
) -> Result<(), StoreError> {
    let row = |(node, hash): &(Node, Hash)| {
        values![workspace, i64::from(node.level), super::number(node.index), *hash.bytes()]
    };
    tx.write(&INSERT_NODES, nodes.iter().flat_map(row).collect()).await?;
    let values = args![
        workspace,
        super::number(head.size),
        *head.root.bytes(),
        head.checkpoint.as_str(),
        head.sealed_at
    ];
    if tx.execute(SET_HEAD, values).await? == 1 { Ok(()) } else { Err(StoreError::Conflict) }
}

async fn write_leaves(
    tx: &mut Tx,
    workspace: &WorkspaceId,
    (first, rows): (u64, &[InboxRow]),
    now: Timestamp,
) -> Result<(), StoreError> {
    let row = |(index, row): (u64, &InboxRow)| {
        values![workspace, super::number(index), row.record_id.as_str(), row.leaf.clone(), now]
    };
    tx.write(&INSERT_LEAVES, (first..).zip(rows).flat_map(row).collect()).await?;
    let seqs: Vec<Value> = rows.iter().map(|row| Value::from(row.seq)).collect();
    let taken = tx.write(&TAKE_OUT, seqs).await?;
    if taken == rows.len() as u64 { Ok(()) } else { Err(StoreError::Conflict) }
}
