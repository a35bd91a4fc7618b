//! Why the service did not start, for the person at the terminal.

use crate::config::MasterKeyError;
use crate::coordination::InvalidRedisUrl;
use crate::outbound::OutboundUnavailable;
use crate::store::{OpenError, StoreError};

/// Why the service did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The database cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The database failed while starting.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The master key cannot be read or made.
    #[error(transparent)]
    MasterKey(#[from] MasterKeyError),
    /// The database is there, and the key it was made with is not.
    #[error("{} is there, but the master.key beside it is not; put it back, or set SEGUE_MASTER_KEY", database.display())]
    MasterKeyLost {
        /// The database.
        database: std::path::PathBuf,
    },
    /// The settings name no master key and none was made.
    #[error("there is no master key; set SEGUE_MASTER_KEY")]
    NoMasterKey,
    /// Redis cannot be meant by this URL.
    #[error("SEGUE_REDIS_URL: {0}")]
    Redis(#[from] InvalidRedisUrl),
    /// No request could ever be made.
    #[error(transparent)]
    Outbound(#[from] OutboundUnavailable),
    /// An address cannot be listened on.
    #[error("SEGUE_BIND={address}: {cause}")]
    Bind {
        /// Which.
        address: String,
        /// Why.
        cause: std::io::Error,
    },
    /// An embedded database has one process, which does everything.
    #[error(
        "--role: an embedded database knows the role `all` alone; roles need SEGUE_DATABASE_URL=postgres://…"
    )]
    RoleNeedsServer,
    /// The first key cannot be written where only its owner can read it.
    #[error("{path}: {cause}")]
    FirstKey {
        /// Where.
        path: std::path::PathBuf,
        /// Why.
        cause: std::io::Error,
    },
    /// A server ended by itself.
    #[error("the HTTP server ended: {0}")]
    Server(std::io::Error),
}

impl StartError {
    /// Whether settings or usage are wrong, as against the machine or the network.
    #[must_use]
    pub const fn is_usage(&self) -> bool {
        matches!(
            self,
            Self::Open(OpenError::Locked { .. } | OpenError::WrongMasterKey)
                | Self::MasterKey(_)
                | Self::NoMasterKey
                | Self::MasterKeyLost { .. }
                | Self::Redis(_)
                | Self::Bind { .. }
                | Self::RoleNeedsServer
        )
    }
}
