-- The peer's books: what a careful team would write on PostgreSQL for the same promises. Double
-- entry with running balances, each request once, a history by account, orders that move together
-- with their money, and one server-side function for each payment. Accounts of the platform (up to
-- 10) have entries only: a row that every order updates would be locked until each commit is on
-- the disk, one after the other, and their balances are wanted seldom enough to be added up.

CREATE TABLE accounts (
    id      int PRIMARY KEY,
    debits  bigint NOT NULL DEFAULT 0,
    credits bigint NOT NULL DEFAULT 0,
    CHECK (id <= 10 OR credits >= debits)
) WITH (fillfactor = 70);

CREATE TABLE requests (
    id     uuid PRIMARY KEY,
    answer bigint NOT NULL
);

CREATE TABLE entries (
    transfer bigint NOT NULL,
    account  int NOT NULL,
    amount   bigint NOT NULL,
    balance  bigint,
    at       timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX entries_by_account ON entries (account, transfer);

CREATE SEQUENCE transfers CACHE 100;

CREATE TABLE orders (
    id     bigserial PRIMARY KEY,
    seller int NOT NULL,
    buyer  int NOT NULL,
    number uuid NOT NULL,
    price  bigint NOT NULL,
    stage  smallint NOT NULL,
    due    timestamptz,
    UNIQUE (seller, number)
) WITH (fillfactor = 80);
CREATE INDEX orders_by_buyer ON orders (buyer, id);
CREATE INDEX orders_by_due ON orders (due) WHERE due IS NOT NULL;

CREATE TABLE events (
    id    bigserial PRIMARY KEY,
    kind  smallint NOT NULL,
    about bigint NOT NULL,
    at    timestamptz NOT NULL DEFAULT now()
);

-- Books one side of a transfer, and says what the account has then.
CREATE FUNCTION book(account int, amount bigint) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    reached bigint;
BEGIN
    IF account > 10 THEN
        UPDATE accounts SET debits = debits + greatest(-amount, 0),
                credits = credits + greatest(amount, 0)
            WHERE id = account RETURNING credits - debits INTO STRICT reached;
    END IF;
    RETURN reached;
END $$;

-- Moves money between two accounts that are locked in the order of their numbers.
CREATE FUNCTION move(from_account int, to_account int, amount bigint) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    transfer bigint := nextval('transfers');
    left_over bigint;
    reached bigint;
BEGIN
    IF from_account < to_account THEN
        left_over := book(from_account, -amount);
        reached := book(to_account, amount);
    ELSE
        reached := book(to_account, amount);
        left_over := book(from_account, -amount);
    END IF;
    INSERT INTO entries (transfer, account, amount, balance)
        VALUES (transfer, from_account, -amount, left_over), (transfer, to_account, amount, reached);
    RETURN transfer;
END $$;

CREATE FUNCTION pay(request uuid, from_account int, to_account int, amount bigint) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    transfer bigint;
BEGIN
    transfer := move(from_account, to_account, amount);
    INSERT INTO requests VALUES (request, transfer);
    INSERT INTO events (kind, about) VALUES (1, transfer);
    RETURN transfer;
END $$;

-- So many transfers as one transaction, by sets. Accounts are locked in the order of their numbers.
CREATE FUNCTION pay_many(count int, accounts_there int) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    payers int[];
    takers int[];
    numbers bigint[];
BEGIN
    SELECT array_agg(payer), array_agg(11 + (payer - 10 + step) % accounts_there),
           array_agg(nextval('transfers'))
        INTO payers, takers, numbers
        FROM (SELECT 11 + floor(random() * accounts_there)::int AS payer,
                     floor(random() * (accounts_there - 1))::int AS step
              FROM generate_series(1, count)) AS drawn;
    PERFORM 1 FROM accounts WHERE id = ANY (payers || takers) ORDER BY id FOR UPDATE;
    UPDATE accounts SET debits = debits + out_of, credits = credits + into_it
        FROM (SELECT account, sum(out_of) AS out_of, sum(into_it) AS into_it
              FROM (SELECT unnest(payers) AS account, 1 AS out_of, 0 AS into_it
                    UNION ALL SELECT unnest(takers), 0, 1) AS moved
              GROUP BY account) AS sums
        WHERE id = account;
    INSERT INTO entries (transfer, account, amount, balance)
        SELECT number, account, amount, credits - debits
        FROM (SELECT unnest(numbers) AS number, unnest(payers) AS account, -1 AS amount
              UNION ALL SELECT unnest(numbers), unnest(takers), 1) AS moved
        JOIN accounts ON id = account;
    INSERT INTO requests SELECT gen_random_uuid(), number FROM unnest(numbers) AS number;
    INSERT INTO events (kind, about) SELECT 1, number FROM unnest(numbers) AS number;
END $$;

-- Account 1 is escrow, account 2 the platform's fees.
CREATE FUNCTION create_order(request uuid, seller int, buyer int, price bigint) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    made bigint;
BEGIN
    INSERT INTO orders (seller, buyer, number, price, stage, due)
        VALUES (seller, buyer, request, price, 1, now() + interval '3 days')
        RETURNING id INTO made;
    INSERT INTO requests VALUES (request, made);
    INSERT INTO events (kind, about) VALUES (2, made);
    RETURN made;
END $$;

CREATE FUNCTION step(request uuid, which bigint, before smallint, after smallint) RETURNS orders
LANGUAGE plpgsql AS $$
DECLARE
    found orders;
BEGIN
    UPDATE orders SET stage = after,
            due = CASE WHEN after < 4 THEN now() + interval '10 days' END
        WHERE id = which AND stage = before RETURNING * INTO STRICT found;
    INSERT INTO requests VALUES (request, which);
    INSERT INTO events (kind, about) VALUES (2 + after, which);
    RETURN found;
END $$;

CREATE FUNCTION pay_order(request uuid, which bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    it orders := step(request, which, 1::smallint, 2::smallint);
BEGIN
    PERFORM move(it.buyer, 1, it.price);
END $$;

CREATE FUNCTION ship_order(request uuid, which bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM step(request, which, 2::smallint, 3::smallint);
END $$;

CREATE FUNCTION confirm_order(request uuid, which bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    it orders := step(request, which, 3::smallint, 4::smallint);
    fee bigint := it.price * 60 / 10000;
BEGIN
    PERFORM move(1, it.seller, it.price - fee);
    PERFORM move(1, 2, fee);
END $$;
