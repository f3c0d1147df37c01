global using Integritet.Hosting.Tests;
global using Integritet.Platform.EventStore;
global using Integritet.Platform.Hosting;
global using Integritet.Servers;
global using Xunit;

[assembly: AssemblyFixture(typeof(Database))]
