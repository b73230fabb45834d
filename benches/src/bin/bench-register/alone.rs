//! One registration at a time: Valence, and in turns with it whoever else can do it.

use std::time::Duration;

use anyhow::Result;
use serde::Serialize;
use valence_testbed::Ironic;

use crate::load::sorted;
use crate::peers::{self, Sdk};
use crate::raw::{Recorded, Sender};
use crate::server::Server;
use crate::stub::Stub;
use crate::{next, tell};

/// Milliseconds of each, in order.
#[derive(Default, Serialize)]
pub(crate) struct Times {
    valence: Vec<f64>,
    plain: Vec<f64>,
    sdk: Vec<f64>,
    sdk_with_look_ups: Vec<f64>,
    cli: Vec<f64>,
    failed: usize,
}

/// Every so many rounds the command line has its turn: it takes long to start.
const CLI_EVERY: usize = 5;

/// Beside the same requests one after another.
pub(crate) async fn against_stub(
    valence: &Server<'_>,
    stub: &Stub,
    rounds: usize,
) -> Result<Times> {
    let plain = Sender::new(&stub.endpoint())?;
    let mut times: [Vec<Duration>; 2] = Default::default();
    let mut failed = 0;
    for name in valence.manage(rounds + 1).await? {
        let registered = valence.register(&name).await?;
        let mut recorded = stub.take();
        let sent = plain.send(&next(&mut recorded)?).await?;
        stub.take();
        failed += usize::from(registered.failed);
        times[0].push(registered.took);
        times[1].push(sent.took);
    }
    // The first opened the connections.
    let [valence, plain] = times.map(|times| sorted(times.into_iter().skip(1)));
    Ok(Times {
        valence,
        plain,
        failed,
        ..Times::default()
    })
}

/// Beside the same requests, openstacksdk and `baremetal`.
pub(crate) async fn against_ironic(
    valence: &Server<'_>,
    ironic: &Ironic,
    recorded: &mut Vec<Recorded>,
    rounds: usize,
) -> Result<Times> {
    tell(&format!(
        "{rounds} registrations by each, one after another"
    ));
    let plain = Sender::new(&ironic.endpoint())?;
    let mut sdk = Sdk::start(ironic)?;
    let mut times: [Vec<Duration>; 4] = Default::default();
    let mut cli = Vec::new();
    let mut failed = 0;
    for (round, name) in valence.manage(rounds + 1).await?.iter().enumerate() {
        let registered = valence.register(name).await?;
        failed += usize::from(registered.failed);
        times[0].push(registered.took);
        times[1].push(plain.send(&next(recorded)?).await?.took);
        times[2].push(sdk.register(&next(recorded)?, false)?);
        times[3].push(sdk.register(&next(recorded)?, true)?);
        if round % CLI_EVERY == 0 {
            cli.push(peers::create_by_cli(ironic, round)?);
        }
    }
    let [valence, plain, sdk, sdk_with_look_ups] =
        times.map(|times| sorted(times.into_iter().skip(1)));
    Ok(Times {
        valence,
        plain,
        sdk,
        sdk_with_look_ups,
        cli: sorted(cli),
        failed,
    })
}
