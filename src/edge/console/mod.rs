//! The console's door: people sign in over HTTP and call the same services by gRPC-Web, from an app that
//! this program carries. Who may call what is one table, [`authority`]; who is signed in is
//! [`session`]'s business; whatever passes [`door`] is a request like any other.

pub mod app;
pub mod authority;
pub mod door;
pub mod password;
pub mod session;
pub mod sign_in;
pub mod throttle;
