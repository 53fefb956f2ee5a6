//! Tables and shelves that never stop the world: a growing hash table rehashes everything at once
//! (0.7 s at 3.7 million entries, measured), so the hot path keeps its entries in 1,024 small ones.

use hashbrown::HashTable;

/// Number of shards; a power of two.
const SHARDS: usize = 1024;
/// Entries a shelf adds at a time.
const SHELF_BOARD: usize = 4096;

/// A hash table of 32-bit indices in [`SHARDS`] shards; the keys live where the indices point.
pub struct IndexTable {
    shards: Vec<HashTable<u32>>,
}

impl Default for IndexTable {
    fn default() -> Self {
        IndexTable {
            shards: (0..SHARDS).map(|_| HashTable::new()).collect(),
        }
    }
}

fn shard(hash: u64) -> usize {
    // The table inside uses the low and the top bits; these are in between.
    (hash >> 40) as usize & (SHARDS - 1)
}

impl IndexTable {
    /// The index whose key satisfies `is_key`.
    pub fn find(&self, hash: u64, mut is_key: impl FnMut(u32) -> bool) -> Option<u32> {
        self.shards[shard(hash)]
            .find(hash, |index| is_key(*index))
            .copied()
    }

    /// Adds an index whose key is known to be absent. `rehash` gives the hash of an index.
    pub fn insert(&mut self, hash: u64, index: u32, rehash: impl Fn(u32) -> u64) {
        self.shards[shard(hash)].insert_unique(hash, index, |index| rehash(*index));
    }

    /// Makes room for so many indices in an empty table.
    pub fn reserve(&mut self, indices: usize) {
        // Shards fill unevenly: by a few standard deviations of a binomial.
        let each = indices / SHARDS;
        let room = each + 4 * each.isqrt();
        for shard in self.shards.iter_mut().filter(|shard| shard.is_empty()) {
            *shard = HashTable::with_capacity(room);
        }
    }

    /// Bytes held.
    pub fn bytes(&self) -> usize {
        self.shards.iter().map(HashTable::allocation_size).sum()
    }
}

/// Values of a few of many accounts, by the account's index, in boards of [`SPARSE_BOARD`] accounts: a
/// bit says who has one, and the values stand in order. Most questions are about an account that has
/// none, which the bits, small enough for the processor's caches, answer alone.
pub struct Sparse<T> {
    boards: Vec<SparseBoard<T>>,
    len: usize,
}

/// Accounts a board of a sparse list covers.
const SPARSE_BOARD: u32 = 512;

struct SparseBoard<T> {
    present: [u64; SPARSE_BOARD as usize / 64],
    values: Vec<T>,
}

impl<T> Default for Sparse<T> {
    fn default() -> Self {
        Sparse {
            boards: Vec::new(),
            len: 0,
        }
    }
}

impl<T> SparseBoard<T> {
    const EMPTY: Self = SparseBoard {
        present: [0; SPARSE_BOARD as usize / 64],
        values: Vec::new(),
    };

    /// Where the value of an account stands or would stand, and whether it does.
    fn place(&self, index: u32) -> (usize, bool) {
        let (word, bit) = (index % SPARSE_BOARD / 64, index % 64);
        let (before, rest) = self.present.split_at(word as usize);
        let below = rest[0] & ((1 << bit) - 1);
        let count: u32 = before.iter().map(|word| word.count_ones()).sum();
        let place = count + below.count_ones();
        (place as usize, rest[0] >> bit & 1 == 1)
    }

    fn flip(&mut self, index: u32) {
        self.present[(index % SPARSE_BOARD / 64) as usize] ^= 1 << (index % 64);
    }
}

impl<T> Sparse<T> {
    /// The value of an account, if it has one.
    pub fn get(&self, index: u32) -> Option<&T> {
        let board = self.boards.get((index / SPARSE_BOARD) as usize)?;
        match board.place(index) {
            (place, true) => board.values.get(place),
            (_, false) => None,
        }
    }

    /// The same, to change.
    pub fn get_mut(&mut self, index: u32) -> Option<&mut T> {
        let board = self.boards.get_mut((index / SPARSE_BOARD) as usize)?;
        match board.place(index) {
            (place, true) => board.values.get_mut(place),
            (_, false) => None,
        }
    }

    /// The value of an account, which gets this one if it has none.
    pub fn get_or_insert(&mut self, index: u32, value: T) -> &mut T {
        let number = (index / SPARSE_BOARD) as usize;
        while self.boards.len() <= number {
            self.boards.push(SparseBoard::EMPTY);
        }
        let board = &mut self.boards[number];
        let (place, is_there) = board.place(index);
        if !is_there {
            board.flip(index);
            board.values.insert(place, value);
            self.len += 1;
        }
        &mut board.values[place]
    }

    /// Takes the value of an account away.
    pub fn remove(&mut self, index: u32) {
        let Some(board) = self.boards.get_mut((index / SPARSE_BOARD) as usize) else {
            return;
        };
        if let (place, true) = board.place(index) {
            board.flip(index);
            board.values.remove(place);
            self.len -= 1;
        }
    }

    /// Accounts with a value.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether no account has one.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Every account with a value, ascending.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &T)> {
        (0..).zip(&self.boards).flat_map(|(number, board)| {
            let accounts = number * SPARSE_BOARD..(number + 1) * SPARSE_BOARD;
            let present = accounts.filter(|index| board.place(*index).1);
            present.zip(&board.values)
        })
    }
}

/// A vector that grows by boards of [`SHELF_BOARD`] and so never moves what it holds.
pub struct Shelf<T> {
    boards: Vec<Vec<T>>,
}

impl<T> Default for Shelf<T> {
    fn default() -> Self {
        Shelf { boards: Vec::new() }
    }
}

impl<T> Shelf<T> {
    /// Entries held.
    pub fn len(&self) -> usize {
        match self.boards.split_last() {
            Some((last, full)) => full.len() * SHELF_BOARD + last.len(),
            None => 0,
        }
    }

    /// Whether it holds nothing.
    pub fn is_empty(&self) -> bool {
        self.boards.is_empty()
    }

    /// Adds an entry and answers its index.
    pub fn push(&mut self, entry: T) -> u32 {
        let index = u32::try_from(self.len()).expect("a shelf holds at most 2^32 entries");
        match self.boards.last_mut() {
            Some(board) if board.len() < SHELF_BOARD => board.push(entry),
            _ => {
                let mut board = Vec::with_capacity(SHELF_BOARD);
                board.push(entry);
                self.boards.push(board);
            }
        }
        index
    }

    /// All entries in order.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.boards.iter().flatten()
    }
}

impl<T> std::ops::Index<u32> for Shelf<T> {
    type Output = T;

    fn index(&self, index: u32) -> &T {
        &self.boards[index as usize / SHELF_BOARD][index as usize % SHELF_BOARD]
    }
}

impl<T> std::ops::IndexMut<u32> for Shelf<T> {
    fn index_mut(&mut self, index: u32) -> &mut T {
        &mut self.boards[index as usize / SHELF_BOARD][index as usize % SHELF_BOARD]
    }
}
