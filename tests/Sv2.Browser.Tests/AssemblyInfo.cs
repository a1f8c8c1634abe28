// A browser, a stack and its miner want the processors for themselves.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
