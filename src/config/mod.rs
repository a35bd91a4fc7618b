//! The settings, read once at start; the only reader of the environment.
//!
//! A value comes from the environment, else from the key of the same name in `segue.toml`. Every mistake is
//! reported at once, each naming its variable.

mod address;
mod database;
mod log;
mod master_key;
mod mistake;
mod program;
mod retention;
mod settings;
mod source;
mod spelling;
mod target;

pub use address::{HostPort, PublicUrl};
pub use database::Database;
pub use log::LogFormat;
pub use master_key::{MasterKey, MasterKeyError, MasterKeys, load_or_create};
pub use mistake::{Mistake, Mistakes};
pub use program::{own_program, temporary_folder};
pub use retention::Retention;
pub use settings::Settings;
