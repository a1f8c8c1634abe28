using BenchmarkDotNet.Running;

// dotnet run -c Release --project tests/Sv2.Benchmarks -- --filter '*Handshake*'
BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
