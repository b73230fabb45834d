//! Running the review hooks, which judge and change nothing.

use super::chain::Progress;
use super::outcome::{Effect, Finding, Rejection};
use super::select;
use super::shadow::Phase;
use crate::hook::{Chain, Mode, Session};

/// Has all review hooks that `when` selects judge, and only then says no: a
/// caller is told everything at once.
pub(super) async fn review(
    progress: &mut Progress,
    chain: &Chain,
    session: &Session,
) -> Result<(), Rejection> {
    for hook in chain.hooks().iter().filter(|hook| hook.reviews()) {
        let spec = &hook.spec;
        if spec.mode == Mode::Shadow {
            progress.shadow_later(hook, Phase::Review);
            continue;
        }
        if !select::selects(&spec.when, session).await? {
            continue;
        }
        let called = hook.call_review(session, progress.enrollment()).await;
        progress.ran(hook, "review", &called);
        hook.statistics.reviewed(&called);
        let judgements = match called.output {
            Ok(judgements) => judgements,
            Err(error) => {
                progress.skip(hook, error)?;
                continue;
            }
        };
        for judgement in judgements {
            progress.find(Finding {
                effect: if judgement.deny {
                    Effect::Deny
                } else {
                    Effect::Warn
                },
                message: judgement.message,
                pointer: judgement.pointer,
                hook: Some(spec.name.clone()),
                left_out: None,
            });
        }
    }
    match first_denial(progress.findings()) {
        Some((hook, message)) => Err(Rejection::Denied {
            hook,
            message,
            findings: progress.findings().to_vec(),
        }),
        None => Ok(()),
    }
}

fn first_denial(findings: &[Finding]) -> Option<(String, String)> {
    findings
        .iter()
        .filter(|finding| finding.effect == Effect::Deny)
        .find_map(|finding| Some((finding.hook.clone()?, finding.message.clone())))
}
