global using Integritet.Platform.EventStore;
global using Integritet.Platform.PersonalData;
global using Integritet.PersonalData.Tests;
global using Integritet.Servers;
global using Xunit;

[assembly: AssemblyFixture(typeof(Database))]
