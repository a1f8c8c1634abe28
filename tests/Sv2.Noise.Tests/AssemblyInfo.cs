// Tests here count allocated bytes, and a collection that another test brings about charges a thread for the rest of its
// allocation buffer: one test at a time.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
