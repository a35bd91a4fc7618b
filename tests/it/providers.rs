//! Every provider against recorded vectors, its own fixtures, and attacks on each of them.

mod attacks;
mod cases;
mod crc;
mod request;
mod robustness;
mod sign;
mod vectors;
