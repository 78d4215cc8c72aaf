//! What happens by itself, in the oracle's words: look at everything, take the earliest, repeat.

use super::{Alarm, Misreading, Model, place};

const DAY: u64 = 86_400_000;

impl Model {
    /// The first alarm that is due by now.
    fn first_alarm(&self) -> Option<(u64, Alarm)> {
        let orders = self.state.orders.iter().map(|it| it.due).zip(0..);
        let orders = orders.filter_map(|(due, number)| Some((due?, Alarm::Order(number))));
        let holds = self.state.holds.iter().map(|it| it.due).zip(0..);
        let holds = holds.filter_map(|(due, number)| Some((due?, Alarm::Hold(number))));
        let top_ups = self.state.top_ups.iter().zip(0..);
        let waiting = top_ups.filter(|(it, _)| it.stage == "investigating" && it.aside);
        let waiting = waiting.map(|(it, number)| (it.looked_at + 5 * DAY, Alarm::TopUp(number)));
        orders.chain(holds).chain(waiting).min().filter(|(due, _)| *due <= self.now)
    }

    /// Lets everything happen that is due.
    pub(super) fn fire(&mut self) {
        while let Some((due, alarm)) = self.first_alarm() {
            if due + 5 * DAY < self.now {
                self.reach("timer fired after days of downtime");
            }
            self.fired.push((due, alarm));
            match alarm {
                Alarm::Hold(number) => self.end_hold(number, "expired"),
                Alarm::Order(number) => self.lapse(number),
                Alarm::TopUp(number) => self.compensate(number),
            }
        }
    }

    /// What a bank took goes to whom it was taken from, after five days of looking into it.
    fn compensate(&mut self, number: u64) {
        let before = self.state.clone();
        if self.confirmed(place(number), None).is_err() {
            self.state = before;
            self.state.top_ups[place(number)].looked_at = self.now;
        } else if self.state.top_ups[place(number)].stage == "credited" {
            self.reach("customer compensated after five days");
        }
    }

    fn lapse(&mut self, number: u64) {
        let stage = self.state.orders[place(number)].stage;
        let before = self.state.clone();
        let done = match stage {
            "created" => {
                self.close_order(number, "closed");
                Ok(())
            }
            "shipped" if self.misreads(Misreading::SilenceIsNothing) => Err("misread"),
            "shipped" => {
                self.reach("order completed by silence");
                self.complete_order(number)
            }
            "paid_refund_asked" | "shipped_refund_asked" => {
                self.reach("refund granted by silence");
                self.grant_refund(number)
            }
            other => unreachable!("an order that is {other} has no deadline"),
        };
        if done.is_err() {
            self.state = before;
            self.state.orders[place(number)].due = Some(self.now + DAY);
        }
    }
}
